import Files
import Foundation
import Testing

/// The canonical form against the examples of RFC 8785. Fractions, which it also covers, are refused here on purpose.
@Suite struct CanonicalTests {
  /// §3.2.3: keys sort by UTF-16 units, so the emoji (a surrogate pair) comes before U+FB33.
  @Test func keysSortAsInTheExample() throws {
    let text =
      #"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#
    let canonical = try JSON.canonical(JSON.parse(text, at: "example"), at: "example")
    let order = [
      "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]
    let found = try order.map { try #require(canonical.range(of: $0)).lowerBound }
    #expect(found == found.sorted() && Set(found).count == order.count)
    #expect(canonical.unicodeScalars.contains("\u{FB33}") && canonical.hasPrefix(#"{"\r":"Carriage Return","1":"One""#))
  }

  /// §3.2.2, the string and the literals of the example.
  @Test func stringsAndLiteralsAreWrittenAsInTheExample() throws {
    let text = #"{"string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#
    #expect(
      try JSON.canonical(JSON.parse(text, at: "example"), at: "example")
        == #"{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}"#)
  }

  @Test func spellingDoesNotMatterAndContentDoes() throws {
    func canonical(_ text: String) throws -> [UInt8] {
      Array(try JSON.canonical(JSON.parse(text, at: "t"), at: "t").utf8)
    }
    #expect(try canonical("{\"b\": -0,\n \"a\" : [ ] }") == canonical(#"{"a":[],"b":0}"#))
    #expect(try canonical("[9007199254740991,-9007199254740991]") == Array("[9007199254740991,-9007199254740991]".utf8))
    // Composed and decomposed letters look alike and are different bytes.
    #expect(try canonical("\"\u{E9}\"") != canonical("\"e\u{301}\""))
    for bad in ["1.0", "1e3", "9007199254740992", "-9007199254740992", "0.1"] {
      #expect(throws: Problem.self) { try canonical(bad) }
    }
  }
}
