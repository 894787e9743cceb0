import Bench
import Files
import Foundation
import Testing

/// Runs, weights and parity cases that were damaged or edited; and trainings that are stopped, doubled, or diverge.
@Suite struct BadInputRunTests {
  /// What is done to a run's folder, the command that meets it, and what it says.
  static let damages: [(name: String, line: String, words: [String], harm: @Sendable (String) throws -> Void)] = [
    (
      "overlapping offsets", "sample RUN --out s", ["weights.safetensors", "overlap"],
      { try Disk.overlap($0 + "/weights.safetensors") }
    ),
    (
      "overlapping offsets in a base", "finetune minute.yaml --set from=BASE", ["weights.safetensors", "overlap"],
      { try Disk.overlap($0 + "/weights.safetensors") }
    ),
    (
      "overlapping offsets in the state", "finetune minute.yaml --runs runs --extend 14",
      ["state.safetensors", "overlap"], { try Disk.overlap($0 + "/state.safetensors") }
    ),
    (
      "overlapping offsets, raw weights", "bench RUN --weights raw --count 1 --out b",
      ["state.safetensors", "overlap"], { try Disk.overlap($0 + "/state.safetensors") }
    ),
    (
      "half the weights", "export RUN --out e", ["weights.safetensors", "tensors end"],
      { path in
        try Disk.write(Disk.read(path + "/weights.safetensors").prefix(100_000), to: path + "/weights.safetensors")
      }
    ),
    (
      "empty weights", "sample RUN --out s", ["weights.safetensors", "0 bytes"],
      { try Disk.write("", to: $0 + "/weights.safetensors") }
    ),
    (
      "eight zeros", "sample RUN --out s", ["weights.safetensors", "header"],
      { try Disk.write(Data(count: 8), to: $0 + "/weights.safetensors") }
    ),
    (
      "a huge header", "sample RUN --out s", ["weights.safetensors", "header"],
      { try Disk.write(Data(repeating: 255, count: 64), to: $0 + "/weights.safetensors") }
    ),
    (
      "a folder for weights", "sample RUN --out s", ["weights.safetensors", "folder"],
      { path in
        try FileManager.default.removeItem(atPath: path + "/weights.safetensors")
        try Disk.makeFolder(path + "/weights.safetensors")
      }
    ),
    (
      "no weights", "bench RUN --out b", ["checkpoint"],
      { try FileManager.default.removeItem(atPath: $0 + "/weights.safetensors") }
    ),
    (
      "a renamed key", "sample RUN --out s", ["missing", "unused", "scale_shift_table"],
      {
        try Disk.editHeader($0 + "/weights.safetensors") {
          $0 = BadInputConsentTests.rename("scale_shift_table", "scale_shift_tabel", $0)
        }
      }
    ),
    (
      "a misspelt key in run.json", "sample RUN --out s", ["run.json", "did you mean 'steps'"],
      { try Disk.edit($0 + "/run.json") { $0 = BadInputConsentTests.rename("steps", "stepz", $0) } }
    ),
    (
      "another hash in run.json", "sample RUN --out s", ["weights.safetensors", "not this run's"],
      { try Disk.edit($0 + "/run.json") { $0.set("hash", "00") } }
    ),
    (
      "another hash, continued", "finetune minute.yaml --runs runs", ["another run"],
      { try Disk.edit($0 + "/run.json") { $0.set("hash", "00") } }
    ),
    (
      "another text width", "sample RUN --out s", ["run.json", "text.width"], { try editModel($0, "text", "width", 3) }
    ),
    (
      "a height that cannot be cut", "sample RUN --out s", ["run.json", "divisible"],
      { try editModel($0, "clip", "height", 3) }
    ),
    ("a negative width", "bench RUN --out b", ["run.json", "clip.width"], { try editModel($0, "clip", "width", -32) }),
    ("no frame rate", "sample RUN --out s", ["frame rate"], { try editModel($0, "clip", "fps", "fast") }),
    (
      "huge sizes", "sample RUN --out s", ["run.json", "num_layers"],
      { try editModel($0, "transformer", "num_layers", Value(1 << 62)) }
    ),
    (
      "half of run.json", "sample RUN --out s", ["run.json"],
      { path in try Disk.write(Disk.read(path + "/run.json").prefix(200), to: path + "/run.json") }
    ),
    (
      "an experiment out of range", "consent ledger RUN", ["run.json", "seed"],
      {
        try Disk.edit($0 + "/run.json") { run in
          var experiment = run["experiment"] ?? .null
          experiment.set("seed", -1)
          run.set("experiment", experiment)
        }
      }
    ),
    (
      "a damaged event", "finetune minute.yaml --runs runs --extend 14", ["events.jsonl", "line 3"],
      { path in
        var lines = try Disk.readText(path + "/events.jsonl").split(separator: "\n").map(String.init)
        lines[2].removeLast(9)
        try Disk.write(lines.joined(separator: "\n") + "\n", to: path + "/events.jsonl")
      }
    ),
  ]

  @Test(arguments: damages.indices) func damagedRuns(_ index: Int) throws {
    let (_, line, words, harm) = Self.damages[index], room = try Room(owning: ["runs"])
    try harm(room.run)
    try room.refuses(line.replacing("BASE", with: room.run), 1, words)
  }

  private static func editModel(_ run: String, _ part: String, _ key: String, _ new: Value) throws {
    try Disk.edit(run + "/run.json") { value in
      var model = value["model"] ?? .null, fields = model[part] ?? .null
      fields.set(key, new)
      model.set(part, fields)
      value.set("model", model)
    }
  }

  @Test func parityCases() throws {
    let room = try Room(owning: ["case"])
    try room.refuses("parity case --tolerance=1e-30", 1, [], verdict: true)
    let config = try Disk.read(room("case/transformer/config.json"))
    try Disk.edit(room("case/transformer/config.json")) {
      $0 = BadInputConsentTests.rename("num_layers", "num_layerz", $0)
    }
    try room.refuses("parity case", 1, ["config.json", "num_layerz"])
    try Disk.write(config, to: room("case/transformer/config.json"))
    try Disk.overlap(room("case/case.safetensors"))
    try room.refuses("parity case", 1, ["case.safetensors", "overlap"])
    try Disk.write("", to: room("case/case.safetensors"))
    try room.refuses("parity case", 1, ["case.safetensors"])
  }

  /// The loss leaves the finite numbers after the checkpoint of step 2, which stays as it was.
  @Test func divergenceKeepsTheLastGoodCheckpoint() throws {
    let room = try Room()
    try room.refuses(
      "finetune minute.yaml --runs mine --set train.rate=10 --set train.weight_decay=10 --set train.clip=0 --set train.warmup=2 --set train.steps=400 --set record.checkpoint=1 --set model.layers=1",
      1, ["not a finite number at step", "projectile/train/", "train.rate"], leaving: ["mine"])
    let run = try #require(
      FileManager.default.contentsOfDirectory(atPath: room("mine")).first.map { room("mine/") + $0 })
    let step = try Self.wholeCheckpoint(run, status: "stopped")
    #expect(step > 0)
    for name in ["parameters", "average"] {
      #expect(try Safetensors(path: run + "/state.safetensors").floats(name).values.allSatisfy(\.isFinite), "\(name)")
    }
  }

  /// SIGTERM ends a training with status 75 and a whole checkpoint; while it ran, a second one was refused.
  @Test func terminatedAndDoubled() throws {
    let room = try Room(),
      line =
        "finetune minute.yaml --runs mine --set train.steps=1000000 --set record.evaluate=0 --set record.checkpoint=1000000"
    let first = try room.start(line)
    let deadline = ContinuousClock.now + .seconds(20)
    func events() -> Int {
      room.listing.first { $0.hasSuffix("events.jsonl") }.flatMap { try? Disk.readText(room($0)).count } ?? 0
    }
    while events() < 500, first.isRunning, ContinuousClock.now < deadline { usleep(20_000) }
    try room.refuses(line, 1, ["another process", "mine/minute-"])
    first.terminate()
    let told = try first.outcome(seconds: 20)
    #expect(
      told.exited && told.code == 75 && told.out.isEmpty && told.err.contains("checkpoint is whole")
        && told.err.contains("run the same command again"), "\(told.everything)")
    let run = try #require(
      FileManager.default.contentsOfDirectory(atPath: room("mine")).first.map { room("mine/") + $0 })
    #expect(try Self.wholeCheckpoint(run, status: "stopped") > 0)
    #expect(try room.orrery("consent ledger \(run)").code == 0)
    #expect(!room.listing.contains { $0.hasSuffix(".part") })
  }

  /// Reads what a stopped run left. - Returns: the step it stands at, the same in run.json, state and weights.
  private static func wholeCheckpoint(_ run: String, status: String) throws -> Int {
    let value = try JSON.parse([UInt8](Disk.read(run + "/run.json")), at: run),
      step = try #require(value["step"]?.integer)
    #expect(value["status"]?.string == status)
    for file in ["state.safetensors", "weights.safetensors"] {
      #expect(try Safetensors(path: run + "/" + file)[metadata: "step"] == String(step), "\(file)")
    }
    return step
  }
}
