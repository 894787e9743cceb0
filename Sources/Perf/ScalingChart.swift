import Charts
import Files

/// Time and memory against size, one small panel each, both axes logarithmic: a file that opens by itself.
package struct ScalingChart {
  package let report: ScalingReport
  package init(_ report: ScalingReport) { self.report = report }

  private static let panel = (width: 380.0, height: 250.0)

  /// - Returns: the drawing; nil when nothing was measured.
  package func svg() -> Markup? {
    var panels: [Markup] = []
    for (column, sweep) in report.sweeps.enumerated() {
      for (row, (name, unit, points, slope)) in [
        ("time", "ms", sweep.xy(\.seconds).map { ($0.x, $0.y * 1e3) }, sweep.time),
        ("peak memory", "MB", sweep.xy(\.bytes).map { ($0.x, $0.y / 1e6) }, sweep.memory),
      ].enumerated() {
        let title = "\(name), \(unit)" + (slope.map { " ∝ \(sweep.name)^\(Text.fixed($0, 2))" } ?? "")
        guard let plot = draw(points, title, sweep.name) else { continue }
        panels.append(plot.panel(Double(column) * Self.panel.width, Double(row) * Self.panel.height))
      }
    }
    guard !panels.isEmpty else { return nil }
    return SVG.alone(
      Self.panel.width * Double(max(1, report.sweeps.count)), Self.panel.height * 2,
      label: "time and memory of a training step against size", panels.joined())
  }

  private func draw(_ points: [(Double, Double)], _ title: String, _ xName: String) -> Plot? {
    guard
      var plot = Plot(
        width: Self.panel.width, height: Self.panel.height, margins: .init(left: 64, right: 20, top: 36, bottom: 46),
        x: .logarithmic(points.map(\.0)), y: .logarithmic(points.map(\.1)))
    else { return nil }
    plot.heading(title)
    plot.gridY()
    plot.axisY()
    // The sizes tried are the ticks.
    plot.axisX(points.map(\.0), title: xName)
    plot.line(points.map { ($0.0, $0.1) }, kind: 0)
    for point in points { plot.mark(point.0, point.1, kind: 0, radius: 3.5) }
    return plot
  }
}
