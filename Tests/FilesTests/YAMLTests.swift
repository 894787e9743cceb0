import Files
import TestKit
import Testing

@Suite struct YAMLTests {
  /// The scalars people write, and what they mean: only true and false are truth values, so Norway stays a country.
  @Test(
    arguments: [
      ("no", "no"), ("NO", "NO"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"),
      ("true", .bool(true)), ("False", .bool(false)), ("tRue", "tRue"),
      ("'true'", "true"), ("\"5\"", "5"), ("~", .null), ("null", .null), ("NULL", .null), ("'null'", "null"),
      ("\"\"", ""), ("", .null),
      ("5", 5), ("-5", -5), ("+5", 5), ("007", 7), ("9223372036854775807", .integer(.max)), ("1_000", "1_000"),
      ("0x10", "0x10"), ("12:30", "12:30"),
      ("1e-3", 1e-3), ("1.0e-3", 1e-3), ("1E3", 1000.0), (".5", 0.5), ("5.", 5.0), ("-.5e+2", -50.0),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("1e999", "1e999"), (".inf", ".inf"), (".nan", ".nan"), ("nan", "nan"), ("1.2.3", "1.2.3"),
      ("2024-01-02", "2024-01-02"), ("- null", [nil]), ("1e", "1e"), ("e5", "e5"),
      ("[1, a, 'b']", [1, "a", "b"]), ("{a: 1, b: {c: x}}", ["a": 1, "b": ["c": "x"]]), ("- 1\n- [2]", [1, [2]]),
      ("a: |\n  x\n  y\n", ["a": "x\ny\n"]),
      ("a: >-\n  *x\n  &y", ["a": "*x &y"]), ("5: x", ["5": "x"]), ("# only a comment\n", .null),
      ("a: null # nothing\nb: ~", ["a": nil, "b": nil]), ("a: ''\nb: \"\"", ["a": "", "b": ""]),
    ] as [(String, Value)])
  func reads(text: String, value: Value) throws {
    #expect(try YAML.parse(text, at: "t") == value, "\(text)")
  }

  /// One rule for files and for `--set`.
  @Test(arguments: ["no", "1e-3", "1.0e-3", "-5", "true", "True", "~", "1e999", "x"]) func plainScalarsMeanTheSame(
    text: String
  ) throws {
    #expect(try YAML.parse(text, at: "t") == YAML.plain(text))
  }

  @Test(
    arguments: [
      ("a: 1\na: 2", "'a' stands twice", "t:1:1"), ("x:\n  a: 1\n  b: 2\n  a: 3", "'a' stands twice", "t:2:3"),
      ("1: a\n'1': b", "'1' stands twice", nil),
      ("a: &x 1\nb: *x", "anchors and aliases", "t:1:4"), ("a: &x 1", "anchors and aliases", nil),
      ("&k a: 1", "plain text", nil), ("base: &b {c: 1}\nd: {<<: *b}", "anchors and aliases", nil),
      ("a: *x", "undefined alias", nil), ("[1]: a", "plain text", nil), ("a: !!str 5", "tag", "t:1:4"),
      ("a: !!int '5'", "tag", nil), ("a: !mine [1]", "tag", nil), ("!!map {a: 1}", "tag", nil),
      ("a: 1\n---\nb: 2", "another document", nil), ("a: [1", "cannot be read", nil), ("a: 'x", "cannot be read", nil),
      ("a:\n\t- 1", "cannot be read", nil), ("a: b: c", "cannot be read", nil),
      ("\u{1}", "cannot be read", nil), ("a: # nothing\nb: 1", "'a' has no value", "t:1:1"),
      ("x:\n  a: 1\n  b:", "'b' has no value", "t:3:3"), ("{a: , b: 1}", "'a' has no value", nil),
      ("{a, b: 1}", "'a' has no value", nil), ("-", "no value", nil), ("a:\n  - 1\n  -\n", "no value", nil),
      ("a: # x\n  # y\n", "'a' has no value", nil),
    ] as [(String, String, String?)])
  func refuses(text: String, why: String, place: String?) {
    let it = problem { _ = try YAML.parse(text, at: "t") }
    #expect(it.what.contains(why) && it.exit == .usage, "\(text): \(it)")
    if let place { #expect(it.place == place) }
  }

  /// Nine aliases a level, nine levels, as values and as keys: 9⁹ nodes if anybody expanded them.
  @Test(.timeLimit(.minutes(1))) func billionLaughsEndAtOnce() {
    let levels = (1...9).map { level in
      "l\(level): &l\(level) [" + Array(repeating: "*l\(level - 1)", count: 9).joined(separator: ", ") + "]"
    }
    let bomb = "l0: &l0 lol\n" + levels.joined(separator: "\n")
    let keyed = "l0: &l0 lol\n" + levels.joined(separator: "\n") + "\n? *l9\n: x\n"
    let thin =
      "l0: &l0 x\n" + (1...10).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1)]" }.joined(separator: "\n")
      + "\n? *l10\n: x\n"
    let clock = ContinuousClock()
    for text in [bomb, keyed, thin] {
      let spent = clock.measure { #expect(problem { _ = try YAML.parse(text, at: "t") }.what.contains("aliases")) }
      #expect(spent < .seconds(1))
    }
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "]) func deepNestingIsRefused(open: String) {
    for depth in [70, 5000] {
      #expect(problem { _ = try YAML.parse(String(repeating: open, count: depth), at: "t") }.exit == .usage)
    }
    let closed = String(repeating: "[", count: 66) + String(repeating: "]", count: 66)
    #expect(problem { _ = try YAML.parse(closed, at: "t") }.what.contains("deeper than 64"))
  }

  @Test func sixtyFourLevelsAreFine() throws {
    #expect(throws: Never.self) {
      try YAML.parse(String(repeating: "[", count: 64) + "1" + String(repeating: "]", count: 64), at: "t")
    }
  }

  @Test func damagedDocumentsNeverTrap() {
    var choices = SplitMix64(4)
    let whole = Array(
      "name: x\ndata: [{path: a.h5}, {path: 'b.h5'}]\nmodel:\n  dim: 32 # c\n  patch: [1, 2, 2]\ntext: |\n  é 😀\nlast: \"q\\n\"\n"
        .utf8)
    for _ in 0..<1500 {
      var bytes = whole
      for _ in 0...choices.below(3) {
        let at = choices.below(bytes.count)
        if choices.below(2) == 0 {
          bytes[at] = UInt8(truncatingIfNeeded: choices.next())
        } else {
          bytes.insert(bytes[choices.below(bytes.count)], at: at)
        }
      }
      do { _ = try YAML.parse(String(decoding: bytes, as: UTF8.self), at: "t") } catch is Problem {} catch {
        Issue.record("\(error)")
      }
    }
  }
}
