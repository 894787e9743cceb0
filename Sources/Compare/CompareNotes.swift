import Bench
import Files
import Measures
import Runs

/// What a reader of a comparison must know besides its figures.
package enum CompareNotes {
  /// What the verdicts are about.
  package static func scope(_ variants: [Variant]) -> [String] {
    let least = Replicates.seedsForRecipes, few = variants.filter { $0.runs.count < least }
    if few.isEmpty {
      return [
        "Every variant has \(least) training seeds or more, so the verdicts speak of the recipes: seeds and instances were both resampled."
      ]
    }
    if variants.allSatisfy({ $0.runs.count == 1 }) {
      return [
        "Each variant is one training run, so the verdicts speak of these checkpoints, not of the recipes; that would take \(least) training seeds of each."
      ]
    }
    return [
      "\(Text.listed(few.map { "\($0.label) has \($0.runs.count)" })) of the \(least) training seeds a claim about a recipe takes, so verdicts that involve \(few.count == 1 ? "it" : "them") speak of these checkpoints, averaged over their seeds."
    ]
  }

  /// Why held-out losses alone are compared.
  static func unbenched(_ bare: [ComparedRun], of all: [ComparedRun]) -> String {
    let who =
      bare.count == all.count ? "No run" : Text.listed(bare.map(\.label)) + (bare.count == 1 ? " is not" : " are not")
    return
      "\(who)\(bare.count == all.count ? " is" : "") benched, so held-out losses alone are compared: "
      + "how well each predicts these clips' noise, not how its video looks."
  }

  /// How intervals and p were made, and what the intervals are worth.
  static func methods(_ metrics: [ComparedMetric], _ tests: Int) -> [String] {
    let comparisons = metrics.flatMap(\.groups).flatMap(\.rows).compactMap(\.difference)
    var notes: [String] = []
    if tests > 1 {
      notes.append(
        "p is from a permutation test over paired instances (or training seeds), adjusted by Holm's method over \(tests) tests of the metrics the suite declares primary; p of other metrics, of single scenarios and against controls is not adjusted."
      )
    }
    let kinds = Set(comparisons.compactMap { $0.method?.rawValue }).sorted()
    if !kinds.isEmpty {
      notes.append("Intervals are 95 % bootstraps of \(Bootstrap.draws) draws (\(Text.listed(kinds))), not adjusted.")
    }
    let sentences = comparisons.compactMap { c in c.coverage.flatMap { $0.isNominal ? nil : $0.sentence } }
    for sentence in Set(sentences).sorted() {
      notes.append("Some intervals here are not worth their 95 %: \(sentence).")
    }
    return notes
  }

  package static func caveats(_ runs: [ComparedRun], _ metrics: [ComparedMetric]) -> [String] {
    var notes: [String] = []
    for group in metrics.first(where: { $0.metric == StaticBias.metric })?.groups.filter(\.isHeadline) ?? [] {
      for row in group.rows where !row.isControl && StaticBias.isSeen(row.estimate) {
        notes.append(
          "\(row.subject) is static-biased (\(StaticBias.metric) \(Text.short(row.estimate.value)) on \(group.title)): its flicker and consistency are flattered."
        )
      }
    }
    for run in runs where run.run.status != .done {
      notes.append(
        "\(run.label) is not finished: \(run.run.status.rawValue), step \(run.run.step) of \(run.run.steps).")
    }
    return notes
  }
}
