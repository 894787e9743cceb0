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

  /// The model against each control on every primary metric and the path's length.
  static func studies(_ result: BenchResult) -> [ComparedMetric] {
    var metrics = ordered(result).map { ordered in result.headlines.map { ComparedMetric($0, of: ordered, .withControls) } } ?? []
    ComparedMetric.adjust(&metrics)
    return metrics
  }

  /// The headline metric against each control that is not the truth, in cards; of the other metrics what a control wins.
  static func verdict(_ result: BenchResult, _ studies: [ComparedMetric]) -> String {
    let headline = studies.first { $0.direction != nil }
    let all = headline.map { Verdict.all($0, .withControls) } ?? []
    let remarks = result.remarks.isEmpty ? BenchRemarks.sentences(result) : result.remarks
    let beaten = remarks.filter { remark in headline.map { !remark.hasPrefix("On \($0.metric)") } ?? true }
    return ReportSections.verdicts(all.filter { !CompareControls.truths.contains($0.reference) && $0.comparison != nil }) + HTML.list(beaten.map(HTML.escape), css: "plainlist")
      + HTML.list(result.notes.map(HTML.escape), css: "plainlist quiet")
  }

  /// A table with its forest plot a primary metric; the means of the others folded away.
  static func metrics(_ result: BenchResult, _ studies: [ComparedMetric]) -> String {
    let kinds = [result.model?.name ?? "model": 0], rows = result.furtherRows.map { $0.map(HTML.escape) }
    let tables = studies.map { ReportSections.metric($0, kinds: kinds, difference: "model − this") }.joined(separator: "\n")
    let further = HTML.table("Means; intervals can be computed from the files.", rows[0], Array(rows.dropFirst()))
    return bestOf(result) + tables + (further.isEmpty ? "" : "<details><summary>\(rows.count - 1) further metrics</summary>\(further)</details>")
  }

  /// The best of several samples has a table of its own: it is no estimate of what one sample does.
  private static func bestOf(_ result: BenchResult) -> String {
    guard let model = result.model, let best = result.subjects.first(where: { !$0.isControl && $0.name != model.name }) else { return "" }
    let rows = result.primaries.map { [HTML.escape($0), result.estimate(model.name, $0).text, result.estimate(best.name, $0).text] }
    return HTML.table("The mean over samples is what the model does; the best of them, each metric its own, is shown apart and rises with their number.", ["metric", "mean", HTML.escape(best.name)], rows)
  }

  /// What was benched, which may differ between results that are compared. The model's own configuration is folded away.
  static func subject(_ result: BenchResult) -> String {
    func table(_ caption: String, _ value: Value) -> String {
      HTML.table(caption, ["", ""], ChangedKey.flatten(value).map { [HTML.escape($0.key), HTML.brief(ChangedKey.text($0.value), 80)] }, css: "facts")
    }
    let model = result.subjectStamp["model"].map { "<details><summary>the model's configuration</summary>\(table("As it was trained.", $0))</details>" } ?? ""
    return table("What was benched.", result.subjectStamp.removing("model")) + model
  }
}

/// A bench as one offline page of its own, `<suite>.html` beside the result: for a model folder as well as for a run.
enum BenchPage {
  static func write(_ result: BenchResult, name: String, resultPath: String, to path: String) throws {
    let media = ReportMedia(page: path), studies = ReportBench.studies(result)
    var page = ReportPage(eyebrow: "orrery · bench", title: name, lead: "<p class=\"lead\">\(HTML.escape(result.suite)), \(result.subjects.first?.instances.count ?? 0) instances.</p>")
    page.add("Verdict", ReportBench.verdict(result, studies))
    page.add("Side by side", ReportSections.films([("model", name, ComparedRun.Bench(path: resultPath, result: result))], media))
    page.add("Metrics", ReportBench.metrics(result, studies))
    page.add("Subject", ReportBench.subject(result))
    page.add("Protocol", ReportFacts.protocolTable(result))
    let stem = (resultPath as NSString).deletingPathExtension
    page.add("Files", HTML.list(["json", "jsonl", "csv", "ipynb"].map { media.link(stem + "." + $0, (stem as NSString).lastPathComponent + "." + $0) }, css: "plainlist"))
    page.footer = "Written by \(Build.version). The page holds everything it shows and asks no network for anything."
    try Disk.write(page.html, to: path)
  }
}
