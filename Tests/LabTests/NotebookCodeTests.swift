import Pages
import Testing

/// The notebooks' Python is files with places for values.
@Suite struct NotebookCodeTests {
  private static let cells: [NotebookCode] = [
    .load(data: "result.json"), .means(["a", "b"]), .forest, .differences([("model", "frozen")], metric: "a"),
    .scatter("model", "frozen", metric: "a"),
  ]

  /// Nothing asked for is missing, nothing given is left over, and no place is left open.
  @Test(arguments: cells.indices) func everyPlaceIsFilled(_ i: Int) throws {
    let cell = Self.cells[i]
    #expect(cell.placeholders == Set(cell.values.keys))
    #expect(!cell.text.contains(try Regex("__[A-Z]")) && !cell.text.hasSuffix("\n") && !cell.text.isEmpty)
  }

  /// Names come from users: one is text in the cell, whatever it is made of, even of a place's name.
  @Test func namesDoNotBecomeCode() {
    let name = "\"] + __METRIC__ #\n\\"
    let text = NotebookCode.scatter(name, "b", metric: "m").text
    #expect(text.hasPrefix(#"x, y = values["b"]["m"], values["\"] + __METRIC__ #\n\\"]["m"]"#))
  }
}
