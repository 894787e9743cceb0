import Bench
import Charts
import Compare
import Files
import Foundation
import Measures

/// What a page says of one bench: the model against its controls.
package enum ReportBench {
  /// A card a primary metric with who beats whom, then what else the controls say.
  package static func verdict(_ found: BenchFindings) -> Markup {
    let method =
      "A control wins by an interval that excludes zero and p < .05, not adjusted; p in the tables is adjusted by Holm's method over \(found.tests) tests."
    return ReportSections.remarks(found.controls) + HTML.list(found.furtherRemarks.map { Markup($0) }, css: "plainlist")
      + HTML.list(
        ((found.controls.isEmpty ? [] : [method]) + found.result.notes).map { Markup($0) }, css: "plainlist quiet")
  }

  /// A table with its forest plot a primary metric; the means of the others folded away.
  package static func metrics(_ found: BenchFindings) -> Markup {
    let result = found.result, kinds = [(result.model?.role ?? .model).name: 0],
      rows = result.furtherRows.map { $0.map { Markup($0) } }
    let tables = found.studies.map { ReportSections.metric($0, kinds: kinds, difference: "model − this") }.joined(
      separator: "\n")
    return bestOf(found) + tables
      + HTML.fold(
        "\(rows.count - 1) further metrics",
        HTML.table("Means; intervals can be computed from the files.", rows[0], Array(rows.dropFirst())))
  }

  /// The best of several samples has a table of its own: it is no estimate of what one sample does.
  private static func bestOf(_ found: BenchFindings) -> Markup {
    let result = found.result
    let best = result.subjects.first { if case .best = $0.role { true } else { false } }
    guard let model = result.model, let best else { return "" }
    let rows = result.primaries.map { metric in
      [Markup(metric)] + [model, best].map { Markup(found.table[$0.name, metric]?.text ?? "–") }
    }
    return HTML.table(
      "The mean over samples is what the model does; the best of them, each metric its own, is shown apart and rises with their number.",
      ["metric", "mean", Markup(best.name)], rows)
  }

  /// What was benched, which may differ between results that are compared. The model's own configuration is folded
  /// away.
  package static func subject(_ result: BenchResult) -> Markup {
    func table(_ caption: Markup, _ value: Value) -> Markup {
      HTML.table(
        caption, ["", ""],
        ChangedKey.flatten(value).map { [Markup($0.key), HTML.brief(ChangedKey.text($0.value), 80)] }, css: "facts"
      )
    }
    let model =
      result.subjectStamp.model.map { HTML.fold("the model's configuration", table("As it was trained.", $0)) } ?? ""
    return table("What was benched.", result.subjectStamp.withoutModel) + model
  }
}

/// A bench as one offline page of its own, `<suite>.html` beside the result: for a model folder as well as for a run.
package enum BenchPage {
  package static func write(_ found: BenchFindings, name: String, resultPath: String, to path: String) throws {
    let media = ReportMedia(page: path), result = found.result
    var page = ReportPage(
      eyebrow: "orrery · bench", title: name,
      lead:
        "<p class=\"lead\">\(result.suite), \(result.subjects.first?.instances.count ?? 0) instances.</p>")
    page.add("Verdict", ReportBench.verdict(found))
    page.add(
      "Side by side",
      ReportSections.films([("model", name, BenchFile(path: resultPath, result: result))], media))
    page.add("Metrics", ReportBench.metrics(found))
    page.add("Subject", ReportBench.subject(result))
    page.add("Protocol", ReportFacts.protocolTable(result))
    let stem = (resultPath as NSString).deletingPathExtension
    page.add(
      "Files",
      HTML.list(
        ["json", "jsonl", "csv", "ipynb"].map {
          media.link(stem + "." + $0, (stem as NSString).lastPathComponent + "." + $0)
        }, css: "plainlist"))
    page.end("as it was measured", media)
    try Disk.write(page.html, to: path)
  }
}
