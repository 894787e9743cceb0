import Bench
import Charts
import Files
import Foundation
import Measures

/// A bench or a comparison as a notebook: it reads the result beside it with numpy, computes the figures anew and draws
/// them with matplotlib. The outputs it is written with are the program's own.
package struct BenchNotebook {
  package let title: String
  package let result: BenchResult
  /// File name of the result, beside the notebook.
  package let data: String
  /// Every subject's estimates of the primary metrics, at least.
  package let table: MetricTable
  /// Which subjects are held against which, a − b.
  package let pairs: [(SubjectRole, SubjectRole)]

  /// A bench: the model against each control.
  package static func write(_ found: BenchFindings, name: String, resultPath: String, to path: String) throws {
    let result = found.result, model = result.model?.role ?? .model
    let pairs = result.subjects.filter { $0.isControl && $0.note == nil }.map { (model, $0.role) }
    try BenchNotebook(
      title: "\(name) on \(result.suite)", result: result, data: (resultPath as NSString).lastPathComponent,
      table: found.table, pairs: pairs
    ).write(to: path)
  }

  package func write(to path: String) throws { try Disk.write(JSON.pretty(notebook.value), to: path) }

  private var shown: [String] { result.primaries.filter(result.applies) }

  private var notebook: Notebook {
    let instances = result.subjects.first?.instances.count ?? 0
    var book = Notebook()
    book.cells.append(
      .markdown(
        "# \(title)\n\nWritten by \(Build.version). The outputs below are its own; running the cells computes them again from `\(data)` with numpy, so intervals differ in their "
          + "last digits.\n\nA metric stands beside its controls, because a frozen clip wins most consistency scores. There is no grand total."
      ))
    book.cells.append(
      .code(
        NotebookCode.load(data: data).text,
        [
          .text(
            "\(result.suite): \(instances) instances, \(result.subjects.count) subjects, \(result.metrics.count) metrics\n"
          )
        ]))
    book.cells.append(
      .markdown(
        "## Means with 95 % intervals\n\nThe mean of the scenario-and-cell means; bootstrapped within each. Instances a metric does not apply to are left out, never imputed."
      ))
    book.cells.append(
      .code(NotebookCode.means(shown).text, [.display(html: meansTable, svg: nil, plain: table.part(shown[...]).text)]))
    book.cells.append(
      .code(
        NotebookCode.forest.text,
        shown.map { metric in
          .display(
            html: nil, svg: NotebookChart.forest("\(metric) (\(result.units[metric] ?? ""))", rows(metric)),
            plain: "<Figure: \(metric)>")
        }))
    guard let headline = shown.first, !pairs.isEmpty else { return book }
    book.cells.append(
      .markdown(
        "## Differences, paired by instance\n\nOn `\(headline)`, with the p of a sign-flip test (not adjusted; `orrery compare` adjusts)."
      ))
    book.cells.append(
      .code(
        NotebookCode.differences(pairs.map { ($0.name, $1.name) }, metric: headline).text,
        [.text(differencesText(headline))]))
    if let (a, b) = pairs.first(where: { $0.1 == .control(.constantVelocity) }) ?? pairs.first,
      let points = points(a, b, headline)
    {
      book.cells.append(
        .code(
          NotebookCode.scatter(a.name, b.name, metric: headline).text,
          [
            .display(
              html: nil, svg: NotebookChart.scatter(headline, (b.name, points.b), (a.name, points.a)),
              plain: "<Figure: \(a.name) against \(b.name)>")
          ]))
    }
    return book
  }

  private func rows(_ metric: String) -> [(name: String, kind: Int?, estimate: Estimate)] {
    var kind = -1
    return table.rows.compactMap { row in
      if !row.isControl { kind += 1 }
      return table[row.subject, metric].map { (row.subject, row.isControl ? nil : kind, $0) }
    }
  }

  private var meansTable: Markup {
    HTML.table(
      Markup(result.suite), ["subject"] + shown.map { Markup($0) },
      table.rows.map { row in
        [Markup(row.subject) + (row.isControl ? " (control)" : "")]
          + shown.map { Markup(table[row.subject, $0]?.text ?? "–") }
      })
  }

  private func differencesText(_ metric: String) -> String {
    pairs.map { a, b in
      guard let c = result.difference(a, b, metric: metric) else {
        return "\(a.name) - \(b.name): no instance has both\n"
      }
      return "\(a.name) - \(b.name): \(c.difference.text), n = \(c.difference.n), \(Verdict.p(c.p))\n"
    }.joined()
  }

  private func points(_ a: SubjectRole, _ b: SubjectRole, _ metric: String) -> (a: [Double], b: [Double])? {
    guard let left = result[a], let right = result[b] else { return nil }
    let both = zip(left.instances, right.instances).compactMap { x, y in
      x.judged(metric).flatMap { v in y.judged(metric).map { (v, $0) } }
    }
    return both.isEmpty ? nil : (both.map(\.0), both.map(\.1))
  }
}
