import Files
import Foundation
import Testing

@Suite struct ShellTests {
  @Test func plainWordsStayBare() {
    #expect(
      Shell.orrery(["consent", "check", "data/reel-1.h5", "--trust", "did:key:z6Mk"])
        == "orrery consent check data/reel-1.h5 --trust did:key:z6Mk")
  }

  /// A real shell reads back what was quoted, whatever was in it.
  @Test(arguments: [
    "", "my reel.h5", "bob's reel.h5", "'", "a\"b", "$HOME", "`id`", "a;b", "*", "~", "a\\b", "#x", "é ×", "a\nb", "!x",
    "consent.unsigned=[licence]", "{a,b}",
  ])
  func aShellReadsItBack(_ word: String) throws {
    let process = Process(), out = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "printf %s " + Shell.quoted(word)]
    process.standardOutput = out
    try process.run()
    #expect(String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == word)
    process.waitUntilExit()
  }
}

@Suite struct GlobTests {
  @Test(arguments: [
    ("shot*", "shot_0001", true), ("shot*", "a shot", false), ("*", "", true), ("*/id-val/*", "fall/id-val/0", true),
    ("shot_000?", "shot_0001", true), ("shot_000?", "shot_00010", false), ("?", "é", true), ("[a-c]x", "bx", true),
    ("[!a-c]x", "bx", false), ("[!a-c]x", "dx", true), ("[]x", "[]x", true), ("a[", "a[", true), ("a.c", "abc", false),
    ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c*", "xxaxxcxxbxx", false), ("", "", true), ("", "a", false),
  ])
  func takes(_ pattern: String, _ name: String, _ expected: Bool) {
    #expect(Glob(pattern).matches(name) == expected)
  }

  /// No pattern makes it think for long.
  @Test func manyStarsTakeNoTime() {
    #expect(!Glob(String(repeating: "*a", count: 200) + "b").matches(String(repeating: "a", count: 4000)))
  }
}

@Suite struct TextTests {
  @Test func countsOneAndMany() {
    #expect(
      ["0 clips", "1 clip", "2 clips"] == (0...2).map { Text.counted($0, "clip") }
        && Text.counted(2, "entry", "entries") == "2 entries" && Text.counted(1, "entry", "entries") == "1 entry")
  }

  @Test func wrapsAtSpacesAndKeepsEveryWord() {
    let text = "note: " + (1...60).map { "word\($0)" }.joined(separator: " ")
    let wrapped = Text.wrapped(text, within: 40)
    #expect(wrapped.split(separator: "\n").allSatisfy { $0.count <= 40 } && wrapped.contains("\n  word"))
    #expect(wrapped.split { " \n".contains($0) } == text.split(separator: " "))
    let long = String(repeating: "x", count: 90)
    #expect(Text.wrapped("a " + long + " b", within: 40) == "a\n  " + long + "\n  b")
    #expect(Text.wrapped("short", within: 40) == "short" && Text.wrapped("", within: 40).isEmpty)
  }

  /// Every column stands in one of the parts, beside the row's name, and no part is wider than it may be.
  @Test func foldsWideTables() {
    let rows =
      [["", "n"] + (1...12).map { "column-\($0)" }]
      + (1...3).map { r in
        ["row \(r)", "9"] + (1...12).map { "\(r)·\($0)" }
      }
    let parts = TextTable.folded(rows, repeating: 2, within: 50).components(separatedBy: "\n\n")
    #expect(parts.count == 4 && parts.allSatisfy { $0.split(separator: "\n").allSatisfy { $0.count <= 50 } })
    #expect(parts.allSatisfy { $0.contains("row 3") })
    for c in 1...12 { #expect(parts.count { $0.contains("2·\(c) ") || $0.contains("2·\(c)\n") } == 1, "column \(c)") }
    #expect(TextTable.folded(rows, repeating: 2, within: 500) == TextTable.text(rows))
  }

  /// A cell of words goes on below itself; nothing is lost, and what fits stays as it is.
  @Test func wrapsWordsInCells() {
    let words = Array(repeating: "word", count: 12).joined(separator: " "),
      rows = [["cost", "A", "B"], ["energy", words, "1 kWh"], ["steps", "3", "4"]]
    let wrapped = TextTable.wrapped(rows, within: 60), text = TextTable.text(wrapped)
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 } && wrapped.count > rows.count)
    #expect(wrapped[1][0] == "energy" && wrapped[2][0].isEmpty && wrapped.last == rows.last)
    #expect(wrapped.map { $0[1] }.joined(separator: " ").contains(words))
    #expect(TextTable.wrapped(rows, within: 100) == rows && TextTable.wrapped([], within: 9).isEmpty)
    #expect(TextTable.wrapped([["a", String(repeating: "x", count: 90)]], within: 40)[0][1].count == 90)
  }
}
