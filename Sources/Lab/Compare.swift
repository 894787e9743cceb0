import Files
import Measures

/// Which of several runs is better, held against the first, paired by instance; or honestly "no difference".
public struct Comparison: Sendable {
  public let runs: [ComparedRun]
  /// The runs' models, named by label, and the controls, all on the same instances; nil when only held-out losses are compared.
  public let result: BenchResult?
  /// Each run's own bench of that suite.
  public let benches: [(run: ComparedRun, bench: ComparedRun.Bench)]
  public let changed: [ChangedKey]
  public let metrics: [ComparedMetric]
  public let heldOut: HeldOutComparison
  public let verdicts: [Verdict]
  /// Each run against the controls, where that says something.
  public let controls: [String]
  public let notes: [String]
  /// Tests p was adjusted over.
  public let tests: Int

  /// Compares held-out losses alone, for runs no suite fits.
  public static let noSuite = "none"

  /// - Parameters:
  ///   - suite: name of the bench file to compare; nil when the runs share one.
  ///   - metric: this one alone, which makes the family of tests smaller; nil for all.
  /// - Throws: `Problem` when a run was not benched, or suites, protocols or instances differ.
  public init(_ runs: [Run], suite: String? = nil, metric: String? = nil) throws {
    guard runs.count >= 2 else { throw Problem.usage("there is nothing to compare", expected: "two runs or more") }
    if let twice = Dictionary(grouping: runs, by: \.folder).first(where: { $0.value.count > 1 }) { throw Problem.usage("a run is named twice", at: twice.key) }
    let compared = try runs.enumerated().map { try ComparedRun($1, label: ComparedRun.label($0)) }
    self.runs = compared
    changed = ChangedKey.between(runs.map(\.resolved), without: ["name"])
    heldOut = HeldOutComparison(compared)
    var notes: [String] = []
    let found = suite == Self.noSuite ? nil : try CompareSuite.shared(compared, suite)
    benches = found.map { Array(zip(compared, $0)).map { ($0, $1) } } ?? []
    result = try found.map { try CompareSuite.merged(compared, $0.map(\.result), notes: &notes) }
    var metrics = try result.map { result in try Self.chosen(metric, result).map { ComparedMetric($0, of: result, .withFirst) } } ?? []
    if let held = heldOut.compared, metric == nil || metric == HeldOutComparison.metric { metrics.append(held) }
    guard !metrics.isEmpty else { throw Problem("nothing can be compared: \(heldOut.reason ?? "there are no held-out losses")", fix: "bench the runs: orrery bench \(runs[0].name)") }
    tests = ComparedMetric.adjust(&metrics)
    self.metrics = metrics
    verdicts = metrics.flatMap { Verdict.all($0, .withFirst) }
    controls = result.map { CompareControls.sentences($0, metrics.map(\.metric)) } ?? []
    if let reason = heldOut.reason { notes.append("held-out losses are not compared: \(reason)") }
    notes += Self.caveats(compared, metrics, tests)
    self.notes = notes
  }

  private static func chosen(_ metric: String?, _ result: BenchResult) throws -> [String] {
    guard let metric else { return result.metrics }
    if metric == HeldOutComparison.metric { return [] }
    guard result.metrics.contains(metric) else {
      throw Problem.usage("there is no metric '\(metric)'" + Nearest.hint(metric, result.metrics), expected: (result.metrics + [HeldOutComparison.metric]).joined(separator: ", "))
    }
    return [metric]
  }

  private static func caveats(_ runs: [ComparedRun], _ metrics: [ComparedMetric], _ tests: Int) -> [String] {
    var notes = ["Each variant is one training run, so the verdicts speak of these checkpoints, not of the recipes; that would take 6 training seeds of each."]
    if tests > 1 { notes.append("p is from a sign-flip test over paired instances, adjusted by Holm's method over \(tests) tests (of single scenarios, and against controls, it is not adjusted); intervals are 95 % bootstraps, not adjusted.") }
    for group in metrics.first(where: { $0.metric == "motion_ratio" })?.groups.filter(\.isHeadline) ?? [] {
      for row in group.rows where !row.isControl && row.estimate.value < 0.5 {
        notes.append("\(row.subject) is static-biased (motion_ratio \(Text.short(row.estimate.value)) on \(group.title)): its flicker and consistency are flattered.")
      }
    }
    for run in runs where run.run.status != "done" { notes.append("\(run.label) is not finished: \(run.run.status), step \(run.run.step) of \(run.run.steps).") }
    for (i, a) in runs.enumerated() {
      for b in runs[(i + 1)...] where Set(ChangedKey.between([a.run.resolved, b.run.resolved], without: ["name"]).map(\.key)) == ["seed"] {
        notes.append("\(a.label) and \(b.label) differ only in seed: they are one variant.")
      }
    }
    return notes
  }
}

extension Comparison {
  /// Where the report goes when nobody says.
  public var defaultFolder: String { "notebooks-export/" + runs.prefix(2).map(\.run.name).joined(separator: "-vs-") + (runs.count > 2 ? "-and-\(runs.count - 2)" : "") }

  /// The run the headline metric prefers: the one claimed better than the first with the largest difference, else the first; nil when
  /// no difference can be claimed.
  public var best: ComparedRun? {
    guard let metric = metrics.first(where: { $0.direction != nil })?.metric else { return nil }
    let judged = verdicts.filter { $0.metric == metric && $0.group == verdicts.first { $0.metric == metric }?.group }
    let winners = judged.filter { $0.outcome == .better }.max { abs($0.comparison?.difference.value ?? 0) < abs($1.comparison?.difference.value ?? 0) }
    if let winner = winners { return runs.first { $0.label == winner.subject } }
    return !judged.isEmpty && judged.allSatisfy { $0.outcome == .worse } ? runs[0] : nil
  }
}
