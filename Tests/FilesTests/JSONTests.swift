import Files
import TestKit
import Testing

@Suite struct JSONTests {
  /// What RFC 8259 allows, and what it means.
  @Test(
    arguments: [
      ("null", .null), (" true\n", .bool(true)), ("false", .bool(false)), ("0", 0), ("-0", 0), ("-12", -12),
      ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("1e3", 1000.0), ("1E+3", 1000.0), ("-0.5", -0.5),
      ("5e-324", .number(.leastNonzeroMagnitude)), ("\"\"", ""), (#""\u0041\n\/\\\"""#, "A\n/\\\""),
      (#""\uD83D\uDE00""#, "😀"), ("\"\u{7F}\u{2028}é\"", "\u{7F}\u{2028}é"),
      (#""\u0000""#, "\0"), ("[]", []), ("{}", [:]), (#"{"b":[1,{"a":null}],"a":2}"#, ["b": [1, ["a": nil]], "a": 2]),
    ] as [(String, Value)])
  func reads(text: String, value: Value) throws {
    #expect(try JSON.parse(text, at: "t") == value)
  }

  @Test(arguments: [
    ("", "ends too early"), ("  ", "ends too early"), ("{} {}", "after the document's end"),
    ("1,", "after the document's end"), ("tru", "not a JSON value"),
    ("True", "not a JSON value"), ("NaN", "not a JSON value"), ("Infinity", "not a JSON value"),
    ("+1", "not a JSON value"), (".5", "not a JSON value"),
    ("-", "not a JSON value"), ("01", "leading zero"), ("-01", "leading zero"), ("1.", "digits are missing"),
    ("1.e3", "digits are missing"), ("1e", "digits are missing"),
    ("1e+", "digits are missing"), ("1e999", "out of range"), ("0x10", "after the document's end"),
    ("[1,]", "not a JSON value"), ("[1 2]", "a ',' or ']'"), ("[1", "not closed"),
    ("[", "ends too early"), ("{\"a\":1,}", "a key in quotes"), ("{\"a\" 1}", "a ':' is missing"),
    ("{a:1}", "a key in quotes"), ("{'a':1}", "a key in quotes"),
    ("{\"a\":1", "not closed"), ("{\"a\":1;", "a ',' or '}'"), ("\"a", "not closed"), ("\"\\", "not closed"),
    ("\"\\x\"", "escape"), ("\"\\u12\"", "four hexadecimal"),
    ("\"\\u+123\"", "four hexadecimal"), ("\"\\u12g4\"", "four hexadecimal"), ("\"\\uＡ1\"", "four hexadecimal"),
    ("\"a\nb\"", "control character"), ("\"\t\"", "control character"),
    ("\"\\uD83D\"", "lone surrogate"), ("\"\\uDE00\"", "lone surrogate"), ("\"\\uDE00\\uD83D\"", "lone surrogate"),
    ("\"\\uD83Dx\"", "lone surrogate"),
    ("\"\\uD83D\\u0041\"", "surrogate pair"), ("// c\n1", "not a JSON value"),
    ("\u{FEFF}\u{FEFF}1", "not a JSON value"), (" \u{FEFF}1", "not a JSON value"),
    ("\u{A0}1", "not a JSON value"),
    ("{\"a\":1,\"a\":1}", "stands twice"), ("{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", "stands twice"),
    (#"{"a":1,"\u0061":2}"#, "stands twice"),
  ])
  func refuses(text: String, why: String) {
    let it = problem { _ = try JSON.parse(text, at: "t") }
    #expect(it.what.contains(why), "\(text): \(it)")
  }

  @Test(
    arguments: [
      [0xFF], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
    ] as [[UInt8]])
  func refusesWhatIsNotUTF8(bytes: [UInt8]) {
    #expect(problem { _ = try JSON.parse(bytes, at: "t") }.what.contains("UTF-8"))
  }

  /// As Windows editors save it: the mark at the beginning says nothing.
  @Test(arguments: ["{\"a\": [1, \"b\"]}", "1\r\n", "\"\u{FEFF}\""]) func passesOverAByteOrderMark(text: String) throws
  {
    #expect(try JSON.parse("\u{FEFF}" + text, at: "t") == JSON.parse(text, at: "t"))
    #expect(try JSON.parse([0xEF, 0xBB, 0xBF] + Array(text.utf8), at: "t") == JSON.parse(text, at: "t"))
  }

  @Test func namesLineAndColumn() {
    #expect(problem { _ = try JSON.parse("{\n  \"a\": x}", at: "t") }.place == "t:2:8")
  }

  /// `depth` bounds how many lists and objects stand around any value; a hostile document ends in an error, not in a full stack.
  @Test func nestingIsBounded() throws {
    for depth in [1, 3, 64] {
      #expect(throws: Never.self) {
        try JSON.parse(
          String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth), at: "t", depth: depth)
      }
      let deeper = String(repeating: "[", count: depth + 1) + "1" + String(repeating: "]", count: depth + 1)
      #expect(problem { _ = try JSON.parse(deeper, at: "t", depth: depth) }.what.contains("nests deeper"))
    }
    #expect(
      problem { _ = try JSON.parse(String(repeating: "{\"a\":[", count: 500_000), at: "t") }.what.contains(
        "nests deeper"))
  }

  /// Any document comes back from any way of writing it, bit for bit where it holds numbers.
  @Test func whatIsWrittenReadsBack() throws {
    var choices = SplitMix64(1)
    for _ in 0..<400 {
      let value = Self.document(&choices, depth: 4)
      #expect(try JSON.parse(JSON.line(value), at: "line") == value)
      #expect(try JSON.parse(JSON.pretty(value), at: "pretty") == value)
      #expect(!JSON.line(value).contains("\n"))
    }
    for d in [
      0, -0.0, 1, 0.1, 1e15, -1e15, 1e16, 123_456_789_012_345_680, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      .leastNormalMagnitude, 1.0 / 3, 9_007_199_254_740_994,
    ] {
      guard case .number(let back) = try JSON.parse(JSON.line(.number(d)), at: "t") else {
        Issue.record("\(d) became an integer"); continue
      }
      #expect(back.bitPattern == d.bitPattern, "\(d)")
    }
    #expect(JSON.line([.number(.nan), .number(.infinity)]) == "[null,null]")
  }

  /// Every kind of value, in the three ways it is written.
  @Test func documentsAreTheseBytes() throws {
    let value: Value = [
      "b": [1, -2, "x"], "a": ["n": nil, "t": true, "e": [], "o": [:]],
      "é\n": [["k": 0.1], 1e21, .number(2), .number(-0.0)], "c": "\u{1}\u{7f}/\u{2028}😀",
    ]
    #expect(
      JSON.line(value)
        == #"{"b":[1,-2,"x"],"a":{"n":null,"t":true,"e":[],"o":{}},"é\n":[{"k":0.1},1e+21,2.0,-0.0],"c":"\u0001"#
        + "\u{7f}/\u{2028}😀\"}")
    #expect(
      JSON.pretty(value) == #"""
        {
          "b": [1, -2, "x"],
          "a": {
            "n": null,
            "t": true,
            "e": [],
            "o": {}
          },
          "é\n": [
            {
              "k": 0.1
            },
            1e+21,
            2.0,
            -0.0
          ],
          "c": "\u0001
        """# + "\u{7f}/\u{2028}😀\"\n}\n")
    let hashed: Value = [
      "b": [1, -2, "x"], "a": ["n": nil, "t": true, "e": [], "o": [:]], "é\n": 7, "B": 9_007_199_254_740_991,
    ]
    #expect(
      try JSON.canonical(hashed, at: "t")
        == #"{"B":9007199254740991,"a":{"e":[],"n":null,"o":{},"t":true},"b":[1,-2,"x"],"é\n":7}"#)
    #expect(
      try JSON.parse(JSON.canonical(hashed, at: "t"), at: "t")
        == JSON.parse(JSON.canonical(JSON.parse(JSON.pretty(hashed), at: "t"), at: "t"), at: "t"))
  }

  static func document(_ choices: inout SplitMix64, depth: Int) -> Value {
    switch choices.below(depth == 0 ? 5 : 8) {
    case 0: return .null
    case 1: return .bool(choices.below(2) == 0)
    case 2: return .integer(Int64(bitPattern: choices.next()) >> choices.below(64))
    case 3:
      let d = Double(bitPattern: choices.next())
      return .number(d.isFinite ? d : 0.5)
    case 4: return .string(text(&choices))
    case 5, 6: return .array((0..<choices.below(5)).map { _ in document(&choices, depth: depth - 1) })
    default:
      return .object(
        (0..<choices.below(5)).map { Value.Field("\($0)" + text(&choices), document(&choices, depth: depth - 1)) })
    }
  }

  static func text(_ choices: inout SplitMix64) -> String {
    let alphabet: [UnicodeScalar] = [
      "a", "\"", "\\", "/", "\0", "\u{1F}", "\n", "\u{7F}", "é", "\u{2028}", "\u{FFFF}", "😀", "\u{10FFFF}", "\u{FEFF}",
      "{", ",",
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<choices.below(6) { text.append(alphabet[choices.below(alphabet.count)]) }
    return String(text)
  }

  /// Whatever bytes come, parsing returns or throws a `Problem`.
  @Test func damagedDocumentsNeverTrap() throws {
    var choices = SplitMix64(2)
    let whole = Array(#"{"a":[1,-2.5e-3,"x\u00e9\uD83D\uDE00",true,null],"b":{"c":{"d":[]}},"é":"ü"}"#.utf8)
    for _ in 0..<4000 {
      var bytes = whole
      for _ in 0...choices.below(3) {
        let at = choices.below(bytes.count)
        switch choices.below(3) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: choices.next())
        case 1: bytes.remove(at: at)
        default: bytes.insert(bytes[choices.below(bytes.count)], at: at)
        }
      }
      do { _ = try JSON.parse(bytes, at: "t") } catch is Problem {} catch { Issue.record("\(error)") }
    }
  }

  /// RFC 8785 §3.2.3's own example: keys are ordered by UTF-16 units, so 😀 (D83D DE00) stands before U+FB33.
  @Test func canonicalOrderIsByUTF16() throws {
    let value: Value = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control",
      "\u{f6}": "Latin Small Letter O With Diaeresis",
    ]
    let expected =
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
    #expect(try JSON.canonical(value, at: "t") == expected)
  }

  /// RFC 8785 §3.2.2.2: two-character escapes where JSON has them, lower-case \u00xx for other controls, all else as it is.
  @Test func canonicalTextEscapesNoMoreThanNeeded() throws {
    #expect(
      try JSON.canonical("\u{20}\u{0}\u{8}\t\n\u{b}\u{c}\r\u{f}\u{1f}\"/\\\u{7f}\u{2028}€😀", at: "t")
        == #"" \u0000\b\t\n\u000b\f\r\u000f\u001f\"/\\"# + "\u{7f}\u{2028}€😀\"")
  }

  @Test func canonicalFormDependsOnMeaningAlone() throws {
    var choices = SplitMix64(3)
    for _ in 0..<200 {
      let value = Self.wholeNumbers(Self.document(&choices, depth: 4))
      let canonical = try JSON.canonical(value, at: "t")
      #expect(try JSON.canonical(Self.shuffled(value, &choices), at: "t") == canonical)
      #expect(try JSON.canonical(JSON.parse(canonical, at: "t"), at: "t") == canonical)
    }
  }

  /// What other implementations would hash differently is refused: fractions, and integers a Double cannot hold.
  @Test func canonicalFormRefusesWhatReadersDisagreeOn() throws {
    #expect(problem { _ = try JSON.canonical(["a": [0.25]], at: "t") }.place == "t.a")
    #expect(
      try JSON.canonical([.integer(1 << 53 - 1), .integer(-(1 << 53 - 1))], at: "t")
        == "[9007199254740991,-9007199254740991]")
    for i in [1 << 53, -(1 << 53), Int64.max, .min] {
      #expect(problem { _ = try JSON.canonical(.integer(i), at: "t") }.what.contains("canonically"))
    }
  }

  private static func wholeNumbers(_ value: Value) -> Value {
    switch value {
    case .number: .integer(7)
    case .integer(let i): .integer(i >> 11)
    case .array(let items): .array(items.map(wholeNumbers))
    case .object(let fields): .object(fields.map { Value.Field($0.key, wholeNumbers($0.value)) })
    default: value
    }
  }

  private static func shuffled(_ value: Value, _ choices: inout SplitMix64) -> Value {
    switch value {
    case .array(let items): return .array(items.map { shuffled($0, &choices) })
    case .object(let fields):
      let inner = fields.map { Value.Field($0.key, shuffled($0.value, &choices)) }
      return .object(inner.shuffled(using: &choices))
    default: return value
    }
  }
}
