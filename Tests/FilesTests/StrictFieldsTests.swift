import Files
import TestKit
import Testing

@Suite struct StrictFieldsTests {
  private enum Colour: String, CaseIterable { case red, green }

  private func read(_ value: Value) throws {
    let f = StrictFields(value, at: "file.yaml")
    _ = f.requiredString("name")
    _ = f.integer("steps", in: 1...10, default: 5)
    _ = f.choice("colour", default: Colour.red)
    _ = f.integers("patch")
    let train = f.object("train")
    _ = train.number("rate", in: 0...1, default: 0.1)
    _ = train.bool("fast", default: false)
    train.close()
    for source in f.objects("data") {
      _ = source.requiredString("path")
      source.close()
    }
    try f.finish(fix: "mend it")
  }

  @Test func goodFieldsAndTheUsersOwnPass() throws {
    try read([
      "name": "a", "steps": 10, "colour": "green", "patch": [1, 2], "train": ["rate": 1, "fast": true],
      "data": [["path": "p"]], "x-note": ["anything"],
    ])
    try read(["name": "a", "steps": nil, "train": nil])
  }

  /// Everything wrong is in one error, each with its key path.
  @Test func everythingWrongIsListedAtOnce() {
    let it = problem {
      try read([
        "stepz": 3, "steps": 11, "colour": "grean", "patch": [1, 0.5], "train": ["rate": "fast", "fasst": true],
        "data": [["path": 1], ["pth": "b"], 3],
      ])
    }
    for part in [
      "name is missing", "stepz is not a known key (did you mean 'steps'?)", "steps is 11; it can be 1 to 10",
      "colour is 'grean' (did you mean 'green'?); it can be red, green",
      "patch should be a list of integers", "train.rate should be a number, not a string",
      "train.fasst is not a known key (did you mean 'fast'?)",
      "data[0].path should be text, not an integer", "data[1].path is missing",
      "data[1].pth is not a known key (did you mean 'path'?)", "data[2] should be an object, not an integer",
    ] {
      #expect(it.what.contains(part), "no '\(part)' in \(it.what)")
    }
    #expect(
      it.what.hasPrefix("12 things are wrong") && it.place == "file.yaml" && it.fix == "mend it" && it.exit == .usage,
      "\(it)")
  }

  @Test func rangesAndKinds() {
    func one(_ key: String, _ value: Value) -> String {
      problem { try read(.object([.init("name", "a"), .init(key, value)])) }.what
    }
    #expect(one("steps", 0) == "steps is 0; it can be 1 to 10")
    #expect(one("steps", 2.0) == "steps should be an integer, not a number")
    #expect(one("steps", true) == "steps should be an integer, not true or false")
    #expect(one("train", ["rate": .number(.nan)]).contains("train.rate is nan"))
    #expect(one("train", ["fast": "yes"]) == "train.fast should be true or false, not a string")
    #expect(one("train", [1]).contains("train should be an object, not a list"))
    #expect(one("data", "x").contains("data should be a list, not a string"))
    #expect(problem { try read([1, 2]) }.what.contains("should be an object, not a list"))
  }

  /// A hint is given only when it helps.
  @Test func nearestNames() {
    #expect(Nearest.hint("stpes", ["steps", "rate"]) == " (did you mean 'steps'?)")
    #expect(Nearest.hint("zebra", ["steps", "rate"]) == "")
    #expect(Nearest.hint("a", []) == "")
    #expect(Nearest.hint("", ["ab"]) == " (did you mean 'ab'?)")
  }
}
