import Bench
import Files
import Foundation
import Frames
import Measures
import Runs
import Training

/// Which of several variants is better, held against the first, paired by instance; or honestly "no difference".
public struct Comparison: Sendable {
  /// In the order of their variants.
  public let runs: [ComparedRun]
  /// Runs that differ only in seed are one.
  public let variants: [Variant]
  /// The runs' models, named by label, and the controls, all on the same instances; nil when only held-out losses are
  /// compared.
  public let result: BenchResult?
  /// Each run's own bench of that suite.
  public let benches: [(run: ComparedRun, bench: BenchFile)]
  /// A value a variant.
  public let changed: [ChangedKey]
  /// Primary metrics first.
  public let metrics: [ComparedMetric]
  public let heldOut: HeldOutComparison
  public let verdicts: [Verdict]
  /// The variants against the controls: every primary metric, of the others what a control wins.
  public let controls: [ControlRemark]
  public let notes: [String]
  /// Tests of primary metrics, which p was adjusted over.
  public let tests: Int

  /// Compares held-out losses alone, for runs no suite fits.
  public static let noSuite = "none"

  /// - Parameters:
  ///   - suite: name of the bench file to compare; nil when the runs share one, or lack it and have held-out losses.
  ///   - metric: this one alone, which makes the family of tests smaller; nil for all.
  ///   - films: folders of videos that were made elsewhere and benched like one of them; the last variants.
  ///   - base: what all of them adapt, where it is no run: held against them by what they lost before their first step.
  /// - Throws: `Problem` when a run was not benched and has no losses to compare, or suites, protocols or instances
  ///   differ.
  public init(
    _ runs: [Run], films: [String] = [], suite: String? = nil, metric: String? = nil, base: String? = nil
  ) throws {
    guard runs.count + films.count + (base == nil ? 0 : 1) >= 2, let first = runs.first else {
      throw Problem.usage(
        "there is nothing to compare", expected: "two runs or more, or a run and folders of videos")
    }
    if let twice = Dictionary(grouping: runs, by: \.folder).first(where: { $0.value.count > 1 }) {
      throw Problem.usage("a run is named twice", at: twice.key)
    }
    var notes: [String] = []
    var variants = try Variant.grouped(runs, base: base, notes: &notes)
    for folder in films {
      let label = ComparedRun.label(variants.count)
      variants.append(Variant(label: label, runs: [try ComparedRun(films: folder, beside: first, label: label)]))
    }
    let compared = variants.flatMap(\.runs)
    (self.variants, self.runs) = (variants, compared)
    let hidden: Set<String> = variants.contains { $0.runs.count > 1 } ? ["name", "seed"] : ["name"]
    // Nothing is known of how videos were made, and they come last.
    changed = ChangedKey.between(
      variants.dropLast(films.count).map(\.first.run.resolved), without: hidden
    ).map { $0.beside(others: films.count) }
    let parties = variants.map {
      ComparedMetric.Party(name: $0.label, subjects: $0.runs.map { .run($0.label) })
    }
    heldOut = HeldOutComparison(
      compared, parties,
      metric: metric.flatMap { HeldOutComparison.names.contains($0) ? $0 : nil } ?? HeldOutLosses.metric)
    if let base,
      let stranger = compared.dropFirst().first(where: { !$0.began(with: compared[0], compared[0].hashAsBase) })
    {
      throw Problem.usage(
        "\(stranger.run.name) did not begin with these weights", at: base,
        expected: stranger.run.experiment.from.map { "what it began with, \($0), unchanged" }
          ?? "a base of all runs named")
    }
    let bare = compared.filter(\.benches.isEmpty)
    // Footage has no suite: without a bench the losses are what there is.
    let isBare =
      suite == nil && !bare.isEmpty && !heldOut.isEmpty && metric.map(HeldOutComparison.names.contains) ?? true
    if suite == nil, bare.count == compared.count, let reason = heldOut.reason {
      throw Problem(
        "the runs have not been benched, and their held-out losses cannot be compared: \(reason)",
        fix: base != nil ? nil : bare.map { Shell.orrery(["bench", $0.run.name]) }.joined(separator: " && "))
    }
    let found = suite == Self.noSuite || isBare ? nil : try CompareSuite.shared(compared, suite)
    if isBare { notes.append(CompareNotes.unbenched(bare, of: compared)) }
    benches = found.map { Array(zip(compared, $0)).map { ($0, $1) } } ?? []
    let result = try found.map { try CompareSuite.merged(compared, $0.map(\.result), notes: &notes) }
    self.result = result
    var metrics = try result.map { try Self.measured($0, metric, parties) } ?? []
    tests = ComparedMetric.adjust(&metrics)
    metrics += heldOut.metrics.filter { metric == nil || metric == $0.metric }
    guard !metrics.isEmpty else {
      throw Problem(
        "nothing can be compared: \(heldOut.reason ?? "there are no held-out losses")",
        fix: "bench the runs: " + Shell.orrery(["bench", runs[0].name]))
    }
    self.metrics = metrics
    let family = tests
    verdicts = metrics.flatMap { m in
      Verdict.all(m, tests: HeldOutComparison.names.contains(m.metric) ? variants.count - 1 : family)
    }
    controls =
      try result.map { try ControlRemark.all($0, metrics.map { ($0.metric, $0.isPrimary) }, models: parties) } ?? []
    if let reason = heldOut.reason { notes.append("held-out losses are not compared: \(reason)") }
    self.notes =
      CompareNotes.scope(variants) + CompareNotes.methods(metrics, tests) + notes
      + CompareNotes.caveats(compared, metrics)
  }

  /// Every metric, the primary ones first, measured on all cores; the figures do not depend on how many.
  private static func measured(
    _ result: BenchResult, _ metric: String?, _ parties: [ComparedMetric.Party]
  ) throws -> [ComparedMetric] {
    let chosen = try Self.chosen(metric, result), primaries = Set(metric.map { [$0] } ?? result.primaries)
    let ordered = chosen.filter { primaries.contains($0) } + chosen.filter { !primaries.contains($0) }
    let models = Set(parties.flatMap(\.subjects))
    let all =
      parties
      + result.subjects.filter { !models.contains($0.role) }.map { ComparedMetric.Party($0.role) }
    return try concurrently(ordered.count, threads: ProcessInfo.processInfo.activeProcessorCount) { i in
      ComparedMetric(ordered[i], of: result, .withFirst, parties: all, isPrimary: primaries.contains(ordered[i]))
    }
  }

  private static func chosen(_ metric: String?, _ result: BenchResult) throws -> [String] {
    guard let metric else { return result.metrics }
    if HeldOutComparison.names.contains(metric) { return [] }
    guard result.metrics.contains(metric) else {
      throw Problem.usage(
        "there is no metric '\(metric)'" + Nearest.hint(metric, result.metrics),
        expected: (result.metrics + HeldOutComparison.names).joined(separator: ", "))
    }
    return [metric]
  }
}

extension Comparison {
  /// Where the report goes when nobody says.
  public var defaultFolder: String {
    "notebooks-export/" + runs.prefix(2).map(\.run.name).joined(separator: "-vs-")
      + (runs.count > 2 ? "-and-\(runs.count - 2)" : "")
  }

  /// The run the headline metric prefers, the first of its variant: the one claimed better than the first variant with
  /// the largest difference, else the first; nil when no difference can be claimed.
  public var best: ComparedRun? {
    guard let metric = metrics.first(where: { $0.direction != nil })?.metric else { return nil }
    let judged = verdicts.filter {
      $0.metric == metric && $0.reference == variants[0].label
        && $0.group == verdicts.first { $0.metric == metric }?.group
    }
    let winners = judged.filter { $0.outcome == .better }.max {
      abs($0.comparison?.difference.value ?? 0) < abs($1.comparison?.difference.value ?? 0)
    }
    if let winner = winners { return variants.first { $0.label == winner.subject }?.first }
    return !judged.isEmpty && judged.allSatisfy { $0.outcome == .worse } ? runs[0] : nil
  }
}
