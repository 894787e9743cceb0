import Bench
import Consent
import Files
import Foundation
import Lab
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

/// Two rendered datasets of a few clips with manifests of a fixed date, and the smallest experiment that does
/// everything: the files of its run are the same on every machine but for what `PinBlank` takes out.
struct PinnedWorld {
  let scratch: Scratch
  let compute: Compute
  let quiet = Console(json: false, quiet: true)

  static let yaml = """
    name: pinned
    seed: 3
    data: [{path: worlds.h5}, {path: falls.h5, manifest: falls.optin.json}]
    window: 12
    consent: {unsigned: [own-work]}
    model: {dim: 24, heads: 2, layers: 2, ffn: 32, patch: [4, 2, 2], freq_dim: 16}
    codec: {kind: haar, space: 4}
    levels: {mode: mixture, prefix_share: 0.5, prefix_frames: 4}
    text: {tokens: 4, width: 8}
    train: {steps: 6, batch: 2, accumulate: 2, rate: 1.0e-3, warmup: 2, ema: 0.9, caption_dropout: 0.3}
    record: {evaluate: 3, sample: 6, checkpoint: 2, keep: 2, samples: 2}
    evaluate:
      - {name: quick, every: 6, count: 1, steps: 2}
      - {name: clips, suite: held-out, every: 4, count: 2}
    sampler: {solver: heun, steps: 2, guidance: 1.5}
    energy: {watts_per_core: 4, grid_g_per_kwh: 30}
    """

  private static let issued = "2020-01-01T00:00:00Z"
  /// A training's clock says the first, and after three steps the second, when the grant `short` has ended.
  private static let during = Moment(seconds: 1_580_515_200), end = Moment(seconds: 1_583_020_800)

  init() throws {
    (scratch, compute) = (try Scratch(), try #require(Compute(threads: 2, instructions: "scalar")))
    try render("worlds", .projectile, count: 8) { _, grant in
      grant.set("id", "short")
      grant.set("valid", ["from": .string(Self.issued), "until": .string(Self.end.description)])
    }
    try render("falls", .freeFall, count: 6) { document, grant in
      document.set(
        "licensor",
        [
          "id": "https://example.org/films", "name": "Example Films", "role": "agent", "contact": "films@example.org",
        ])
      grant.set("id", "capped")
      grant.set("max_exposures", 12)
      grant.set("attribution", "required")
      grant.set("terms", "https://example.org/terms")
      grant.set("revocation", ["allowed": true, "effect": "stop-use", "notice_days": 30])
      grant.set("compensation", ["model": "per-exposure", "rate": "0.25", "currency": "EUR"])
    }
    try Disk.write(Self.yaml, to: scratch("pinned.yaml"))
  }

  /// A dataset whose first clip stands under a grant of its own, which `change` makes of the ordinary one.
  private func render(
    _ name: String, _ scenario: Scenario, count: Int, _ change: (_ document: inout Value, _ grant: inout Value) -> Void
  ) throws {
    let setting = try Setting(size: 32, frames: 12), share = 2 / Double(count)
    let render = try WorldsRender(scenarios: [scenario], count: count, setting: setting, validationShare: share)
    try Disk.edit(try render.write(to: scratch(name + ".h5"), licensor: "tests", quiet)) { document in
      var own = try #require(document["grants"]?[0])
      own.set("purpose", ["research", "film"])
      own.set("commercial", true)
      own.set("valid", ["from": .string(Self.issued), "until": nil])
      var other = own
      document.set("issued", .string(Self.issued))
      change(&document, &other)
      document.set("grants", [own, other])
      var assets = try #require(document["assets"]?.array)
      assets[0].set("grants", [try #require(other["id"])])
      document.set("assets", .array(assets))
    }
  }

  func training(_ set: [String] = []) throws -> Training {
    let folder = scratch("runs")
    var options = Training.Options(runs: folder, home: HomeFolder(scratch("home")))
    options.clock = {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let logs = names.compactMap { try? Disk.readText("\(folder)/\($0)/events.jsonl") }
      let lines = logs.joined().split(separator: "\n")
      return lines.count { $0.contains(#""kind":"step""#) } < 3 ? Self.during : Self.end
    }
    return try Training(
      try Experiment(path: scratch("pinned.yaml"), set: set), options, observing: EvaluationRound.init, on: compute,
      quiet)
  }

  /// The experiment trained: stopped after its first step and continued; one clip leaves when its grant ends, one at
  /// its cap.
  func trained() throws -> Run {
    let interruption = Interruption(listening: false)
    interruption.ask()
    _ = #expect(throws: Problem.self) { try training().run(until: interruption) }
    return try training().run(until: Interruption(listening: false))
  }

  /// Knows this place, this program, its key if it has one, and the files it rendered.
  func blank() throws -> PinBlank {
    let ring = KeyRing(HomeFolder(scratch("home")))
    var words = [(Build.version, "<version>"), (scratch.path, "<scratch>")]
    if Disk.exists(ring.path("run")) { words.append((try ring.open("run").did, "<did>")) }
    for name in ["worlds.h5", "falls.h5"] {
      words.append((try Hashing.sha256(file: scratch(name)), "<sha256 of \(name)>"))
    }
    return PinBlank(words: words)
  }
}
