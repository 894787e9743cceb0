import Bench
import Diffusion
import Files
import Measures
import Provenance
import Runs
import Training

/// Held-out losses side by side, paired clip by clip, when the runs were asked the same question.
public struct HeldOutComparison: Sendable, Equatable {
  /// The mean over all noise levels, then over each third of them; empty where they are not compared.
  public let metrics: [ComparedMetric]
  /// Why they are not compared.
  public let reason: String?
  /// The step of each run's newest held-out loss; of a base before the first.
  public let steps: [Int?]

  package var isEmpty: Bool { metrics.isEmpty }

  /// "held_out_loss_low", over the lowest third of the levels.
  package static let names =
    [HeldOutLosses.metric]
    + RunEvent.HeldOutLoss.rangeNames.map { "\(HeldOutLosses.metric)_\($0)" }

  /// - Parameter metric: the one verdicts are drawn from.
  package init(
    _ runs: [ComparedRun], _ parties: [ComparedMetric.Party], metric: String = HeldOutLosses.metric
  ) {
    let looks = Self.looks(runs)
    steps = looks.map { $0.point?.step }
    reason = Self.obstacle(runs, looks)
    metrics = reason == nil ? Self.study(runs, looks, parties, primary: metric) : []
  }

  /// What others began with, and was not asked what they were, speaks through its adapters' losses before their first step.
  private static func looks(_ runs: [ComparedRun]) -> [HeldOutLook] {
    let own = runs.map { HeldOutLook(of: $0) }
    return runs.indices.map { i in
      let others = runs.indices.filter { $0 != i && runs[$0].base == nil }
      guard let first = others.first, runs[i].base != nil || own[i].question != own[first].question,
        others.allSatisfy({ runs[$0].run.experiment.from != nil }), case let hash = runs[i].hashAsBase,
        others.allSatisfy({ runs[$0].began(with: runs[i], hash) })
      else { return own[i] }
      let looks = others.map { HeldOutLook(ofBaseOf: runs[$0], as: runs[i].label) }
      // They all began with the same, so they all saw the same: one that did not is told of by its question.
      return looks.first { $0.point?.losses != looks[0].point?.losses } ?? looks[0]
    }
  }

  private static func obstacle(_ runs: [ComparedRun], _ looks: [HeldOutLook]) -> String? {
    if let fault = looks.lazy.compactMap(\.fault).first { return fault }
    if let i = looks.firstIndex(where: { $0.point?.losses.isEmpty ?? true }) { return "\(runs[i].label) has none" }
    if let key = ChangedKey.between(looks.map(\.question)).first {
      return "the question differs: \(key.key) is "
        + zip(runs, key.values).map { "\(ChangedKey.text($1)) in \($0.label)" }.joined(separator: ", ")
    }
    if Set(looks.compactMap(\.data)).count > 1 {
      return "the files have the same paths, but the ledgers name other clips"
    }
    if Set(looks.map { $0.point?.losses.count }).count > 1 { return "the runs saw different numbers of held-out clips" }
    return nil
  }

  /// A family of its own: no suite declares it.
  private static func study(
    _ runs: [ComparedRun], _ looks: [HeldOutLook], _ parties: [ComparedMetric.Party], primary: String
  ) -> [ComparedMetric] {
    let hasRanges = looks.allSatisfy { look in
      look.point.map { !$0.ranges.isEmpty && $0.ranges.allSatisfy { $0.count == look.point?.losses.count } } ?? false
    }
    let names = hasRanges ? Self.names : [HeldOutLosses.metric]
    let subjects = zip(runs, looks).map { run, look in
      let point = look.point
      return BenchResult.Subject(
        .run(run.label),
        instances: (point?.losses ?? []).enumerated().map { i, loss in
          var values = [HeldOutLosses.metric: loss]
          for (name, range) in zip(names.dropFirst(), point?.ranges ?? []) { values[name] = range[i] }
          return .init(id: String(i), scenario: "held-out clips", cell: "", values: values)
        })
    }
    let sigmas = looks[0].point?.levels.map(\.sigma) ?? [], ends = (sigmas.first ?? 0.1, sigmas.last ?? 0.9)
    let result = BenchResult(
      suite: "held-out",
      protocolStamp: ProtocolStamp(["levels": .string("σ = \(Text.short(ends.0)) … \(Text.short(ends.1))")]),
      subjectStamp: .none, subjects: subjects,
      units: Dictionary(
        uniqueKeysWithValues: names.map { ($0, runs[0].run.product.world == nil ? "" : HeldOutLosses.unit) }),
      better: Dictionary(uniqueKeysWithValues: names.map { ($0, .lower) }))
    var found = names.map {
      ComparedMetric($0, of: result, .withFirst, parties: parties, isPrimary: $0 == primary)
    }
    ComparedMetric.adjust(&found)
    return found
  }
}
