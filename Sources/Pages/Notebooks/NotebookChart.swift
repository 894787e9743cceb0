import Charts
import Measures

/// Drawings that stand alone: a notebook has no style sheet of ours.
package enum NotebookChart {
  /// Estimates with their intervals on one axis, a row each.
  static func forest(_ title: String, _ rows: [(name: String, kind: Int?, estimate: Estimate)]) -> Markup {
    let ends = rows.flatMap { [$0.estimate.value, $0.estimate.low ?? .nan, $0.estimate.high ?? .nan] },
      height = 60 + 24 * Double(rows.count)
    guard
      var plot = Plot(
        width: 660, height: height, margins: .init(left: 230, right: 20, top: 32, bottom: 28),
        x: .linear(ends.contains(where: \.isFinite) ? ends : [0, 1]), y: .rows(rows.count))
    else { return "" }
    plot.heading(title, at: 10)
    plot.gridX()
    plot.axisX(hasTicks: false)
    for (i, row) in rows.enumerated() {
      plot.rowName(row.name, row: i)
      guard row.estimate.value.isFinite else { plot.rowNote(row.estimate.text, row: i); continue }
      plot.whisker(from: row.estimate.low, to: row.estimate.high, y: Double(i), kind: row.kind)
      plot.mark(row.estimate.value, Double(i), kind: row.kind)
    }
    return SVG.alone(660, height, label: title, plot.body)
  }

  /// One subject against another, a point an instance, with the line of equality.
  static func scatter(
    _ metric: String, _ x: (name: String, values: [Double]), _ y: (name: String, values: [Double])
  ) -> Markup {
    // One range for both axes: the line of equality is the diagonal.
    let all = x.values + y.values
    guard
      var plot = Plot(
        width: 400, height: 390, margins: .init(left: 64, right: 16, top: 14, bottom: 56), x: .linear(all),
        y: .linear(all))
    else { return "" }
    plot.gridX()
    plot.gridY()
    plot.axisX(title: "\(metric) of \(x.name)", hasTicks: false)
    plot.axisY(title: "\(metric) of \(y.name)")
    plot.diagonal()
    for (a, b) in zip(x.values, y.values) { plot.mark(a, b, kind: 0, radius: 3, isFaint: true) }
    return SVG.alone(400, 390, label: "\(metric): \(y.name) against \(x.name)", plot.body)
  }
}
