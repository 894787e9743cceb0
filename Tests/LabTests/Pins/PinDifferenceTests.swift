import Bench
import Testing

@Suite struct PinDifferenceTests {
  @Test func theFirstDifferingLineIsShown() {
    #expect(Pin.difference(pinned: "a\nb\n", now: "a\nb\n") == nil)
    #expect(Pin.difference(pinned: "a\nbc\nd", now: "a\nbx\ne") == "line 2, column 2:\n  pinned: bc\n  now:    bx")
    #expect(Pin.difference(pinned: "a", now: "a\n") == "line 2, column 1:\n  pinned: (the text has ended)\n  now:    ")
    #expect(Pin.difference(pinned: "a\r\n", now: "a\n")?.hasPrefix("line 1, column 2:") == true)
    #expect(Pin.difference(pinned: "é", now: "e\u{301}") != nil)
    let long = String(repeating: "x", count: 100)
    #expect(Pin.difference(pinned: long + "1" + long, now: long + "2" + long)?.contains("pinned: …xxx") == true)
  }
}
