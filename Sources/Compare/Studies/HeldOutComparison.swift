import Bench
import Diffusion
import Files
import Measures
import Provenance
import Runs
import Training

/// Held-out losses side by side, paired clip by clip, when the runs were asked the same question.
public struct HeldOutComparison: Sendable, Equatable {
  public let compared: ComparedMetric?
  /// Why they are not compared.
  public let reason: String?
  /// The step of each run's newest held-out loss.
  public let steps: [Int?]

  package init(_ runs: [ComparedRun], _ parties: [ComparedMetric.Party]) {
    steps = runs.map { $0.curves.heldOut.last?.step }
    reason = Self.obstacle(runs)
    compared = reason == nil ? Self.study(runs, parties) : nil
  }

  /// The losses are over latents, so data, window, size, codec and the frames given must agree.
  private static func obstacle(_ runs: [ComparedRun]) -> String? {
    let points = runs.map { $0.curves.heldOut.last }
    if let i = points.firstIndex(where: { $0?.losses.isEmpty ?? true }) { return "\(runs[i].label) has none" }
    if let r = runs.first(where: { $0.curves.heldOut.last?.step != $0.run.step }) {
      return "\(r.label)'s newest one is of step \(r.curves.heldOut.last?.step ?? 0) of \(r.run.step)"
    }
    func question(_ r: ComparedRun) -> Value {
      let e = r.run.experiment.value, clip = r.run.product.clip
      return [
        "kind": .string(r.run.experiment.kind.rawValue), "data": e["data"] ?? .null, "window": e["window"] ?? .null,
        "stride": e["stride"] ?? .null, "codec": e["codec"] ?? .null, "height": Value(clip.height),
        "width": Value(clip.width), "frames given": Value(r.run.product.world?.context ?? 0),
      ]
    }
    let differing = ChangedKey.between(runs.map(question))
    if let key = differing.first {
      return "the question differs: \(key.key) is "
        + zip(runs, key.values).map { "\(ChangedKey.text($1)) in \($0.label)" }.joined(separator: ", ")
    }
    let contents = Set(runs.compactMap(\.consent.data))
    if contents.count > 1 { return "the files have the same paths, but the ledgers name other clips" }
    if Set(points.map { $0?.losses.count }).count > 1 { return "the runs saw different numbers of held-out clips" }
    return nil
  }

  /// A family of its own: no suite declares it.
  private static func study(_ runs: [ComparedRun], _ parties: [ComparedMetric.Party]) -> ComparedMetric {
    let subjects = runs.map { run in
      BenchResult.Subject(
        .run(run.label),
        instances: (run.curves.heldOut.last?.losses ?? []).enumerated().map {
          .init(id: String($0), scenario: "held-out clips", cell: "", values: [HeldOutLosses.metric: $1])
        })
    }
    let result = BenchResult(
      suite: "held-out", protocolStamp: ProtocolStamp(["levels": .string("σ = 0.1 … 0.9")]),
      subjectStamp: .none, subjects: subjects,
      units: [HeldOutLosses.metric: HeldOutLosses.unit],
      better: [HeldOutLosses.metric: .lower])
    var alone = [ComparedMetric(HeldOutLosses.metric, of: result, .withFirst, parties: parties)]
    ComparedMetric.adjust(&alone)
    return alone[0]
  }
}
