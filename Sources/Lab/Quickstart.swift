import Bench
import Clips
import Compare
import Consent
import Export
import Files
import Foundation
import Measures
import Pages
import Provenance
import Runs
import Tensors
import Training
import Worlds

/// The main job from end to end on a small licensed dataset: render, refuse what is not granted, train two variants
/// that differ in one factor, bench both beside their controls, compare, export the better. Every part is the ordinary
/// command's own code, and each finds what an earlier call left, so an interrupted quickstart goes on.
public struct Quickstart {
  public let folder: String
  private let tiny: Bool
  private let home: HomeFolder
  private let compute: Compute
  private let console: Console

  /// - Parameters:
  ///   - folder: where everything goes; a trial takes the folder beside it whose name ends in -tiny.
  ///   - tiny: shrinks clips, steps and scenes to a one-minute trial, which has nothing to claim.
  ///   - home: where the key that signs the footage's manifest is kept, made on first use.
  public init(folder: String, tiny: Bool = false, home: HomeFolder, on compute: Compute, _ console: Console) {
    self.folder = Disk.absolute(folder) + (tiny ? "-tiny" : "")
    (self.tiny, self.home, self.compute, self.console) = (tiny, home, compute, console)
  }

  /// The experiment both variants share; they differ in `objective.prediction` alone. A token here holds 3072 numbers
  /// and the model 128 features a token: x₀ lies on few directions and fits through, a velocity carries all of the
  /// noise and does not.
  ///
  /// Tokens of 4 frames × 16×16 pixels and small batches buy the most updates a second; weight on high noise, most
  /// samples with clean context and a loss floored at σ = 0.3 teach motion before appearance (docs/LABBOOK.md has what
  /// else was tried).
  package static func yaml(_ name: String, prediction: String) -> String {
    """
    # One of the quickstart's two variants. Try your own:
    #   \(Shell.orrery(["finetune", name + ".yaml", "--set", "train.steps=6000"]))
    name: \(name)
    data: [{path: free-fall.h5}]
    window: 16
    consent: {purpose: research}
    model: {dim: 128, heads: 4, layers: 4, ffn: 512, patch: [4, 2, 2]}
    codec: {kind: space-to-depth, space: 8}
    objective: {prediction: \(prediction), sigma_floor: 0.3}
    levels: {mode: equal, mean: 1.5, std: 1.2, prefix_share: 0.9, prefix_frames: 4}
    train: {steps: 2400, batch: 8, rate: 2.0e-3, warmup: 60, decay: cosine, clip: 1.0, ema: 0.99, dtype: bf16}
    record: {evaluate: 800, sample: 800, checkpoint: 400, keep: 1}
    sampler: {solver: euler, steps: 10}

    """
  }

  public static let variants = [
    (name: "predict-x0", prediction: "x0"), (name: "predict-velocity", prediction: "velocity"),
  ]

  public struct Summary { public let value: Value; public let text: String }

  /// - Parameter interruption: one for all of its trainings.
  public func run(until interruption: Interruption) throws -> Summary {
    let clock = ContinuousClock.now
    try Disk.makeFolder(folder)
    try data()
    var refusal: ClipDecision?
    let runs = try Self.variants.map { variant -> Run in
      let path = "\(folder)/\(variant.name).yaml"
      if !Disk.exists(path) { try Disk.write(Self.yaml(variant.name, prediction: variant.prediction), to: path) }
      let training = try Training(
        try Experiment(path: path, tiny: tiny), .init(runs: folder, home: home), observing: EvaluationRound.init,
        on: compute, console)
      refusal = refusal ?? training.source.gates.flatMap(\.refused).first
      console.note((try TrainingPlan(training, measuring: false)).text)
      return try training.run(until: interruption)
    }
    var order = BenchOptions()
    if tiny { order.count = 8 }
    let results = try runs.map {
      try BenchJob(reference: $0.folder, runs: folder, order, home: home, on: compute).run(console)
    }
    let comparison = try Comparison(runs)
    let report = folder + "/report.html"
    try CompareReport.write(comparison, to: report)
    // With no difference to claim, the simpler recipe (the first) is taken.
    let better = runs.firstIndex { $0.folder == comparison.best?.run.folder } ?? 0
    let export = folder + "/model"
    _ = try Export(runs[better], out: export, home: home).write(on: compute, console)
    return try summary(
      runs, results, better, comparison, report, export, refusal, ProgressLine.seconds(ContinuousClock.now - clock))
  }

  private func data() throws {
    guard !Disk.exists(folder + "/free-fall.h5") else { return }
    try WorldsRender(
      scenarios: [.freeFall], count: tiny ? 40 : 2000, setting: Setting(size: 64, frames: 16), validationShare: 0.1,
      ungranted: 1
    )
    .write(to: folder + "/free-fall.h5", licensor: "orrery-quickstart", key: KeyRing.local(home), console)
  }

  private func summary(
    _ runs: [Run], _ found: [BenchFindings], _ better: Int, _ comparison: Comparison, _ report: String,
    _ export: String, _ refusal: ClipDecision?,
    _ seconds: Double
  ) throws -> Summary {
    let metric = PhysicsTol5.name, result = found[better].result, table = found[better].table
    guard let difference = result.difference(.model, .control(.constantVelocity), metric: metric) else {
      throw Problem("the bench measured nothing that can be paired", at: runs[better].folder)
    }
    let video = runs[better].path("bench/" + (result[.model]?.video ?? ""))
    let refused = refusal.map { "\($0.clip): \($0.decision.reasons.first?.sentence ?? "")" }
    let d = difference.difference
    func figure(_ role: SubjectRole) -> Value { Value(table[role.name, metric]?.value) }
    let value: Value = [
      "report": .string(report), "video": .string(video), "export": .string(export), "refused": Value(refused),
      "metric": .string(metric),
      "model": figure(.model), "frozen": figure(.control(.frozen)),
      "constant_velocity": figure(.control(.constantVelocity)),
      "difference": ["value": .number(d.value), "low": Value(d.low), "high": Value(d.high)],
      "runs": .array(runs.map { .string($0.folder) }), "seconds": .number(seconds),
      "peak_rss_bytes": Value(Footprint.peakBytes),
    ]
    var lines = ["", "refused, as it should be: \(refused ?? "nothing")", ""]
    for (run, found) in zip(comparison.runs, found) {
      lines += ["\(run.label) = \(run.run.name)", found.table.text, ""]
    }
    lines +=
      comparison.verdicts.filter(\.isPrimary).map { "* " + $0.sentence }
      + comparison.controls(primary: true).map { "* " + $0.sentence }
    let chosen =
      "\(comparison.runs[better].label), "
      + (comparison.best == nil ? "the first, for no difference can be claimed" : "the better one")
    lines += [
      "", "report  \(report)", "video   \(video)", "model   \(export) (\(chosen))",
      "took    \(ProgressLine.clock(seconds)), \(Text.bytes(Footprint.peakBytes)) at most",
    ]
    return Summary(value: value, text: lines.joined(separator: "\n"))
  }
}
