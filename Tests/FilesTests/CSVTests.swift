import Files
import TestKit
import Testing

/// RFC 4180, both ways.
@Suite struct CSVTests {
  @Test func whatIsWrittenIsReadBack() throws {
    let rows = [["a", "", "b c"], ["x,y", "say \"so\"", "two\r\nlines"], ["=1+1", "-0.5", "é"]]
    #expect(try CSV.records(rows.map(CSV.row).joined(), at: "t").map(\.fields) == rows)
    #expect(CSV.row(rows[1]) == "\"x,y\",\"say \"\"so\"\"\",\"two\r\nlines\"\r\n")
  }

  @Test func linesAreCounted() throws {
    let records = try CSV.records("\u{FEFF}a,b\n\n\"one\ntwo\",c\nd,", at: "t")
    #expect(records.map(\.line) == [1, 3, 5] && records.last?.fields == ["d", ""])
    #expect(try CSV.records("", at: "t").isEmpty)
  }

  /// Numbers are written as they are; only text from strangers is disarmed.
  @Test func formulasAreDisarmedOnRequest() {
    #expect(CSV.row(["-1"]) == "-1\r\n" && CSV.row([CSV.guarded("-1"), CSV.guarded("a=b")]) == "'-1,a=b\r\n")
  }

  @Test func tornQuotesAreRefused() {
    for text in ["a\n\"b", "a\n\"b\"c"] { #expect(problem { try CSV.records(text, at: "t") }.place == "t:2") }
  }
}
