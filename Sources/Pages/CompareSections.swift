import Bench
import Charts
import Compare
import Files
import Foundation
import Measures
import Training

/// The parts of a comparison's page that a single run's report has no use for.
package enum CompareSections {
  /// What may be claimed of the primary metrics and how the controls fare on them; the sentences on the others folded
  /// away.
  package static func verdict(_ c: Comparison) -> Markup {
    let further = c.verdicts.filter { !$0.isPrimary && $0.comparison != nil }, lost = c.controls(primary: false),
      silent = c.uncompared
    let others =
      ReportSections.verdicts(further, minor: true) + list(lost.map(\.sentence) + (silent.map { [$0] } ?? []))
    return ReportSections.verdicts(c.verdicts.filter(\.isPrimary)) + list(c.controls(primary: true).map(\.sentence))
      + HTML.fold("\(further.count) sentences on further metrics, not primary: p is not adjusted", others)
      + list(c.notes, "plainlist quiet")
  }

  private static func list(_ sentences: [String], _ css: String = "plainlist") -> Markup {
    HTML.list(sentences.map { Markup($0) }, css: css)
  }

  /// The primary metrics' tables open, the others folded away.
  package static func metrics(_ c: Comparison, kinds: [String: Int]) -> Markup {
    func tables(_ metrics: [ComparedMetric]) -> Markup {
      metrics.map { table($0, kinds: kinds, first: c.variants[0].label) }.joined(separator: "\n")
    }
    let others = c.metrics.filter { !$0.isPrimary }
    return tables(c.metrics.filter(\.isPrimary))
      + HTML.fold("\(others.count) further metrics, not primary: p is not adjusted", tables(others))
  }

  /// One metric with its forest plot: estimates, the middle half's mean, differences to the first variant.
  private static func table(_ m: ComparedMetric, kinds: [String: Int], first: String) -> Markup {
    let rows = m.groups.flatMap(\.rows), differences = rows.compactMap { $0.difference?.difference }
    let left = ForestChart(rows.map(\.estimate), zero: false), right = ForestChart(differences, zero: true)
    var body: Markup = ""
    for group in m.groups {
      if m.groups.count > 1 {
        body +=
          "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"8\">\(group.title) (\(instances(group)))</th></tr>\n"
      }
      for row in group.rows { body += line(row, row.isControl ? nil : kinds[row.subject], left, right, first) }
    }
    let axes: Markup =
      "<tr class=\"axisrow\"><td></td><td></td><td class=\"plot\">\(left.axis)</td><td></td><td></td><td class=\"plot\">\(differences.isEmpty ? "" : right.axis)</td><td></td><td></td></tr>"
    let title =
      m.groups.count == 1
      ? "\(m.groups[0].title), \(instances(m.groups[0]))"
      : "\(m.groups.filter { !$0.isHeadline }.count) scenarios and cells"
    return """
      <div class="metric"><h3>\(m.metric)\(m.isPrimary ? "" : " <span class=\"quiet\">not primary</span>" as Markup)</h3><div class="scroll" tabindex="0"><table><caption>\(m.unitLine). \(title).</caption>
      <colgroup><col class="name"><col class="value"><col class="plotcol"><col class="short"><col class="value"><col class="plotcol"><col class="short"><col class="p"></colgroup>
      <thead><tr><th scope="col">variant</th><th scope="col">estimate [95 %]</th><th scope="col"><span hidden>plot</span></th><th scope="col" title="mean of the middle half of the instances">IQM</th><th scope="col">− \(first) [95 %]</th><th scope="col"><span hidden>plot</span></th><th scope="col" title="chance of doing better on an instance">P(better)</th><th scope="col">p</th></tr></thead>
      <tbody>\(body)\(axes)</tbody></table></div></div>
      """
  }

  private static func line(
    _ row: ComparedMetric.Row, _ kind: Int?, _ left: ForestChart, _ right: ForestChart, _ first: String
  ) -> Markup {
    let d = row.difference,
      name =
        (kind == nil ? Markup(row.subject) : HTML.chip(row.subject, kind))
        + (row.estimate.note.isEmpty
          ? "" : " <span class=\"quiet\" title=\"\(row.estimate.note)\">(n = \(row.estimate.n))</span>")
    let cells: [Markup] = [
      "<td>\(Text.minus(row.estimate.text))</td><td class=\"plot\">\(left.row(row.estimate, kind: kind))</td>",
      "<td data-label=\"IQM\"\(title(row.interquartile))>\(row.interquartile.map { Text.minus(Text.short($0.value)) } ?? "")</td>",
      "<td data-label=\"− \(first)\">\(Text.minus(d?.difference.text ?? ""))</td><td class=\"plot\">\(d.map { right.row($0.difference, kind: kind) } ?? "")</td>",
      "<td data-label=\"P(better)\"\(title(d?.probability))>\(d.map { Text.fixed($0.probability.value, 2) } ?? "")</td>",
      "<td data-label=\"p\">\(d.map { Verdict.p(row.adjusted ?? $0.p, "") } ?? "")</td>",
    ]
    return
      "<tr\(row.isControl ? " class=\"control\"" : "" as Markup)><th scope=\"row\">\(name)</th>\(cells.joined())</tr>\n"
  }

  private static func title(_ estimate: Estimate?) -> Markup {
    estimate.map { " title=\"\($0.text)\"" } ?? ""
  }

  /// "40 instances", and what the differences' intervals are worth where that is not 95 %.
  private static func instances(_ group: ComparedMetric.Group) -> String {
    let worst = group.rows.compactMap { $0.difference?.coverage }.filter { !$0.isNominal }.min { $0.value < $1.value }
    return "\(group.instances) instances" + (worst.map { "; \($0.sentence)" } ?? "")
  }

  /// A chart a primary metric and headline group.
  package static func profiles(_ c: Comparison) -> Markup {
    guard let result = c.result else { return "" }
    let parts = ComparedMetric.partition(result.subjects.first?.instances ?? []).filter(\.isHeadline)
    let figures = c.metrics.filter { $0.isPrimary && $0.direction != nil && $0.metric != HeldOutLosses.metric }.flatMap
    { m in parts.compactMap { profile(m, $0.members, $0.scope, c.variants, result) } }
    guard !figures.isEmpty else { return "" }
    return
      "<p class=\"note\">For every threshold, the share of instances at least as good, with pointwise 95 % bands. A variant whose curve lies above another's everywhere is better whatever one calls good enough; curves that cross say that it depends.</p><div class=\"charts\">\(figures.joined())</div>"
  }

  private static func profile(
    _ m: ComparedMetric, _ members: [Int], _ scope: String, _ variants: [Variant], _ result: BenchResult
  ) -> Markup? {
    guard let direction = m.direction else { return nil }
    let strata = variants.map { v in
      result.replicates(m.metric, v.runs.compactMap { result[.run($0.label)] }, of: members)?.collapsed
    }
    let values = strata.compactMap { $0 }.flatMap { $0.groups.flatMap { $0 } }
    guard let low = values.min(), let high = values.max(), low < high else { return nil }
    let thresholds = (0...48).map { low + (high - low) * Double($0) / 48 }
    let curves = strata.enumerated().compactMap { i, strata in
      strata.map {
        ProfileChart.Curve(kind: i, profile: PerformanceProfile($0, better: direction, thresholds: thresholds))
      }
    }
    let axis = m.unit.isEmpty ? m.metric : "\(m.metric), \(m.unit)"
    return ProfileChart(curves: curves, axis: axis, label: "performance profiles on \(m.metric)").svg().map { svg in
      "<figure><figcaption>\(m.metric), \(scope): share of instances at \(direction == .higher ? "or above" : "or below") each value.</figcaption>\(svg)</figure>"
    }
  }

  package static func cost(_ c: Comparison) -> Markup {
    HTML.table(
      "Training, as the runs record it; several seeds as mean and range. GFLOP are of matrix products, forward and backward.",
      ["cost"] + c.variants.enumerated().map { "\(HTML.chip($1.label, $0)) \($1.title)" },
      c.costs.map { $0.map { Markup($0) } }, css: "facts")
  }

  /// Keys that differ, a column a variant.
  package static func changed(_ c: Comparison) -> Markup {
    guard !c.changed.isEmpty else { return "<p>No key of the configurations differs.</p>" }
    let rows = c.changed.map { key -> [Markup] in
      ["<code>\(key.key)</code>"] + key.values.map { HTML.brief(ChangedKey.text($0)) }
    }
    return HTML.table(
      "Only what differs; everything else is the same.",
      ["key"] + c.variants.enumerated().map { "\(HTML.chip($1.label, $0)) \($1.title)" }, rows)
  }

  static func legend(_ variants: [Variant]) -> Markup {
    let entries = variants.enumerated().map { "<span>\(HTML.chip($1.label, $0)) \($1.title)</span>" as Markup }
    return "<p class=\"legend\">\(entries.joined())</p>"
  }
}
