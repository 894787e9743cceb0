import Diffusion
import Files
import Foundation
import Runs
import TestKit
import Testing

/// One table reads, writes, hashes and describes an experiment.
@Suite struct ExperimentKeysTests {
  private let least = "name: a\ndata: [{path: a.h5}]\n"

  private func read(_ yaml: String, tiny: Bool = false) throws -> Experiment {
    try Experiment(YAML.parse(yaml, at: "e.yaml"), at: "e.yaml", folder: "/pin/sub", tiny: tiny)
  }

  private func complaint(_ yaml: String, tiny: Bool = false) -> String? {
    (try? problemIfAny { try read(yaml, tiny: tiny) })??.description
  }

  /// Documents, good and bad, with what was hashed, written or said of them before there was a table.
  @Test func documentsOfBeforeKeepTheirBytes() throws {
    let text = try Disk.readText(Repository.folder + "/Tests/Fixtures/experiments/table.jsonl")
    let lines = text.split(separator: "\n")
    #expect(lines.count == 111)
    for line in lines {
      let pin = try JSON.parse(String(line), at: "table.jsonl")
      let document = try #require(pin["document"]?.string), tiny = pin["tiny"] == true
      if let said = pin["problem"]?.string {
        // The order in which faults are listed is that of the table.
        let now = complaint(document, tiny: tiny) ?? "nothing"
        let (a, b) = (said.split(separator: "\n").sorted(), now.split(separator: "\n").sorted())
        #expect(a == b, "\(document)")
      } else {
        let e = try read(document, tiny: tiny)
        #expect(JSON.line(e.hashed) == pin["hashed"].map { JSON.line($0) }, "\(document)")
        #expect(JSON.line(e.value) == pin["value"].map { JSON.line($0) }, "\(document)")
      }
    }
  }

  /// A key at the wrong level is told where it belongs, in a file and in an assignment.
  @Test(arguments: [
    ("steps: 500", "steps belongs under train: write train.steps"),
    ("train: {dim: 64}", "train.dim belongs under model: write model.dim"),
    ("model: {seed: 3}", "model.seed belongs at the top: write seed"),
    ("path: a.h5", "path belongs under data[]: write data[].path"),
    ("stpes: 500", "stpes is not a known key (did you mean 'train.steps'?)"),
    ("codec: {train: {steps: 3}}", "codec.train belongs at the top: write train"),
    ("evaluate: [{name: b, dim: 3}]", "evaluate[0].dim belongs under model: write model.dim"),
    // An object is not taken for the number of that name.
    ("sample: {steps: 3}", "sample is not a known key (did you mean 'sampler'?)"),
    ("sample: 100", "sample belongs under record: write record.sample"),
  ]) func aKeyAtTheWrongLevelIsToldWhereItBelongs(line: String, said: String) throws {
    let text = try #require(complaint(least + line + "\n"))
    #expect(text.contains(said), "\(text)")
  }

  @Test func assignmentsAreToldTheSame() throws {
    let scratch = try Scratch()
    try Disk.write(least, to: scratch("e.yaml"))
    for (set, said) in [
      ("steps=500", "steps belongs under train: write train.steps"),
      ("train.dim=64", "train.dim belongs under model: write model.dim"),
    ] {
      let text = problem { try Experiment(path: scratch("e.yaml"), set: [set]) }.description
      #expect(text.contains(said), "\(text)")
    }
  }

  /// The page has the table that `finetune --keys` prints.
  @Test func thePageHasTheTable() throws {
    let page = try Disk.readText(Repository.folder + "/experiments/README.md")
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let table = lines.drop { !$0.hasPrefix("| key |") }.prefix { $0.hasPrefix("|") }
    #expect(table.joined(separator: "\n") == Experiment.keyTable, "run: orrery finetune --keys")
  }

  /// Every key of every experiment we ship, and of every document above that is read, has its place in the schema.
  @Test func theSchemaHasEveryKey() throws {
    let schema = Experiment.schema
    #expect(schema["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
    var documents: [(String, Value)] = []
    let folder = Repository.folder + "/experiments"
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".yaml") {
      documents.append((file, try YAML.parse(Disk.readText(folder + "/" + file), at: file)))
    }
    #expect(documents.count >= 3)
    for line in try Disk.readText(Repository.folder + "/Tests/Fixtures/experiments/table.jsonl").split(separator: "\n")
    {
      if let value = try JSON.parse(String(line), at: "table.jsonl")["value"] { documents.append(("a value", value)) }
    }
    func look(_ value: Value, _ schema: Value?, _ path: String, _ name: String) {
      if let items = value.array {
        for item in items { look(item, schema?["items"], path + "[]", name) }
      }
      for field in value.fields ?? [] where !field.key.hasPrefix("x-") {
        let property = schema?["properties"]?[field.key]
        #expect(property != nil, "\(name): \(path).\(field.key)")
        look(field.value, property, path + "." + field.key, name)
      }
    }
    for (name, document) in documents { look(document, schema, "", name) }
  }

  /// Every object of the schema is closed, and every key says what it means and what may stand there.
  @Test func theSchemaIsWhole() {
    var keys = 0
    func check(_ schema: Value, _ path: String) {
      guard let properties = schema["properties"]?.fields else { return }
      #expect(schema["additionalProperties"]?.bool == false && schema["patternProperties"]?["^x-"] != nil, "\(path)")
      for field in properties {
        keys += 1
        #expect(field.value["description"]?.string?.isEmpty == false, "\(path)\(field.key)")
        #expect(field.value["type"] != nil, "\(path)\(field.key)")
        check(field.value, path + field.key + ".")
        if let items = field.value["items"] { check(items, path + field.key + "[].") }
      }
    }
    check(Experiment.schema, "")
    #expect(keys == Experiment.keys.count && keys > 60)
    let train = Experiment.schema["properties"]?["train"]?["properties"]
    #expect(train?["steps"]?["default"]?.integer == 1000 && train?["steps"]?["maximum"]?.integer == 100_000_000)
    #expect(train?["decay"]?["enum"] == ["cosine", "linear", "constant", nil])
    #expect(Experiment.schema["required"] == ["name", "data"])
    // What may be absent has no default, rather than null.
    let licensee = Experiment.schema["properties"]?["consent"]?["properties"]?["licensee"]
    #expect(licensee != nil && licensee?["default"] == nil)
    #expect(Experiment.keys.first { $0.path == "consent.licensee" }?.defaultText == "–")
  }

  private struct Today: DocumentSection {
    var levels = NoiseLevels(), seed = 0
    static let section = Section(Today()) {
      Field("levels", \.levels, .section, "levels")
      Field("seed", \.seed, .integer(in: 0...9), "seed")
    }
  }

  private struct Later: DocumentSection {
    var levels = NoiseLevels(), tilt = 0.5, seed = 0
    static let section = Section(Later()) {
      Field("levels", \.levels, .section, "levels")
      Field("tilt", \.tilt, .number(in: 0...1), hashed: .whenNotDefault, "came later")
      Field("seed", \.seed, .integer(in: 0...9), "seed")
    }
  }

  /// A key that comes later leaves old hashes as they are, and moves them once it is not its default.
  @Test func aLaterKeyIsHashedOnceItIsSet() throws {
    func hash<S: DocumentSection>(_: S.Type, _ value: Value) throws -> String {
      let f = StrictFields(value, at: "t"), section = S(f)
      try f.finish()
      return Hashing.sha256(JSON.line(S.section.value(section, .hashed)))
    }
    for old: Value in [[:], ["seed": 3], ["levels": ["mean": 2], "seed": 9]] {
      var same = old, other = old
      same.set("tilt", 0.5)
      other.set("tilt", 0.25)
      let before = try hash(Today.self, old)
      #expect(try hash(Later.self, old) == before && hash(Later.self, same) == before)
      #expect(try hash(Later.self, other) != before)
    }
    let f = StrictFields([:], at: "t")
    #expect(Later(f).value["tilt"] == 0.5)
  }
}
