import Files
import Foundation
import Measures

/// What a page says of one bench: the model against its controls.
enum ReportBench {
  /// The model, then its controls: what `.withControls` expects. Nil when only controls were benched.
  static func ordered(_ result: BenchResult) -> BenchResult? {
    guard let model = result.model else { return nil }
    var ordered = result
    ordered.subjects = [model] + result.subjects.filter(\.isControl)
    return ordered
  }

  /// The model against each control on every metric.
  static func studies(_ result: BenchResult) -> [ComparedMetric] {
    var metrics = ordered(result).map { ordered in ordered.metrics.map { ComparedMetric($0, of: ordered, .withControls) } } ?? []
    ComparedMetric.adjust(&metrics)
    return metrics
  }

  /// The headline metric against each control that is not the truth, in cards; of the other metrics what a control wins.
  static func verdict(_ result: BenchResult) -> String {
    let metrics = studies(result), headline = metrics.first { $0.direction != nil }?.metric
    let all = metrics.filter { $0.metric == headline }.flatMap { Verdict.all($0, .withControls) }.filter { !CompareControls.truths.contains($0.reference) && $0.comparison != nil }
    let beaten = ordered(result).map { CompareControls.sentences($0, metrics.map(\.metric).filter { $0 != headline }) } ?? []
    return ReportSections.verdicts(all) + HTML.list((beaten + [result.staticBias].compactMap { $0 }).map(HTML.escape), css: "plainlist") + HTML.list(result.notes.map(HTML.escape), css: "plainlist quiet")
  }

  /// A table with its forest plot a metric: the primaries open, the others folded away.
  static func metrics(_ result: BenchResult) -> String {
    let all = studies(result), primaries = Set(result.primaries), kinds = [result.model?.name ?? "model": 0]
    func tables(_ metrics: [ComparedMetric]) -> String { metrics.map { ReportSections.metric($0, kinds: kinds, difference: "model − this") }.joined(separator: "\n") }
    let first = all.filter { primaries.contains($0.metric) }, others = all.filter { !primaries.contains($0.metric) }
    return bestOf(result) + tables(first) + (others.isEmpty ? "" : "<details><summary>\(others.count) further metrics</summary>\(tables(others))</details>")
  }

  /// The best of several samples has a table of its own: it is no estimate of what one sample does.
  private static func bestOf(_ result: BenchResult) -> String {
    guard let model = result.model, let best = result.subjects.first(where: { !$0.isControl && $0.name != model.name }) else { return "" }
    let rows = result.primaries.map { [HTML.escape($0), result.estimate(model.name, $0).text, result.estimate(best.name, $0).text] }
    return HTML.table("The mean over samples is what the model does; the best of them, each metric its own, is shown apart and rises with their number.", ["metric", "mean", HTML.escape(best.name)], rows)
  }

  /// What was benched, which may differ between results that are compared.
  static func subject(_ result: BenchResult) -> String {
    HTML.table("What was benched.", ["", ""], ChangedKey.flatten(result.subjectStamp).map { [HTML.escape($0.key), HTML.brief(ChangedKey.text($0.value), 80)] }, css: "facts")
  }
}

/// A bench as one offline page of its own, `<suite>.html` beside the result: for a model folder as well as for a run.
enum BenchPage {
  static func write(_ result: BenchResult, name: String, resultPath: String, to path: String) throws {
    let media = ReportMedia(page: path)
    var page = ReportPage(eyebrow: "orrery · bench", title: name, lead: "<p class=\"lead\">\(HTML.escape(result.suite)), \(result.subjects.first?.instances.count ?? 0) instances.</p>")
    page.add("Verdict", ReportBench.verdict(result))
    page.add("Side by side", ReportSections.films([("model", name, ComparedRun.Bench(path: resultPath, result: result))], media))
    page.add("Metrics", ReportBench.metrics(result))
    page.add("Subject", ReportBench.subject(result))
    page.add("Protocol", ReportFacts.protocolTable(result))
    let stem = (resultPath as NSString).deletingPathExtension
    page.add("Files", HTML.list(["json", "jsonl", "csv", "ipynb"].map { media.link(stem + "." + $0, (stem as NSString).lastPathComponent + "." + $0) }, css: "plainlist"))
    page.footer = "Written by \(Build.version). The page holds everything it shows and asks no network for anything."
    try Disk.write(page.html, to: path)
  }
}
