import Charts
import Files

/// Time and memory against size, one small panel each, both axes logarithmic: a file that opens by itself.
package struct ScalingChart {
  package let report: ScalingReport
  package init(_ report: ScalingReport) { self.report = report }

  package static let panel = (width: 380.0, height: 250.0)

  /// - Returns: the drawing; nil when nothing was measured.
  package func svg() -> Markup? {
    var body: Markup = "", drawn = 0
    for (column, sweep) in report.sweeps.enumerated() {
      for (row, (name, unit, points, slope)) in [
        ("time", "ms", sweep.xy(\.seconds).map { ($0.x, $0.y * 1e3) }, sweep.time),
        ("peak memory", "MB", sweep.xy(\.bytes).map { ($0.x, $0.y / 1e6) }, sweep.memory),
      ].enumerated() {
        let title = "\(name), \(unit)" + (slope.map { " ∝ \(sweep.name)^\(Text.fixed($0, 2))" } ?? "")
        guard let panel = draw(points, title, sweep.name) else { continue }
        body +=
          "<g transform=\"translate(\(SVG.n(Double(column) * Self.panel.width)),\(SVG.n(Double(row) * Self.panel.height)))\">\(panel)</g>"
        drawn += 1
      }
    }
    guard drawn > 0 else { return nil }
    let (w, h) = (Int(Self.panel.width) * max(1, report.sweeps.count), Int(Self.panel.height) * 2)
    let style: Markup =
      "<style>svg{background:#fff;font:12px system-ui,sans-serif}text{fill:#333}.grid{stroke:#eee}.tick{stroke:#999;fill:none}.line{stroke:#1f5fbf;fill:none;stroke-width:2}circle{fill:#1f5fbf}</style>"
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(w) \(h)\" width=\"\(w)\" height=\"\(h)\" role=\"img\" aria-label=\"time and memory of a training step against size\">\(style)\(body)</svg>\n"
  }

  private func draw(_ points: [(Double, Double)], _ title: String, _ xName: String) -> Markup? {
    let (left, right, top, bottom) = (64.0, Self.panel.width - 16, 34.0, Self.panel.height - 46)
    guard let x = ChartScale(log: points.map(\.0), from: left, to: right),
      let y = ChartScale(log: points.map(\.1), from: bottom, to: top)
    else { return nil }
    var out: Markup = "<text x=\"\(SVG.n(left))\" y=\"20\" font-weight=\"600\">\(title)</text>"
    for tick in y.ticks {
      guard let at = y(tick) else { continue }
      out +=
        "<path class=\"grid\" d=\"M\(SVG.n(left)) \(SVG.n(at))H\(SVG.n(right))\"/><text x=\"\(SVG.n(left - 8))\" y=\"\(SVG.n(at + 4))\" text-anchor=\"end\">\(ChartScale.label(tick))</text>"
    }
    // The sizes tried are the ticks.
    for (i, px) in points.map({ x($0.0) }).enumerated() {
      guard let px else { continue }
      out +=
        "<path class=\"tick\" d=\"M\(SVG.n(px)) \(SVG.n(bottom))v5\"/><text x=\"\(SVG.n(px))\" y=\"\(SVG.n(bottom + 18))\" text-anchor=\"middle\">\(ChartScale.label(points[i].0))</text>"
    }
    out +=
      "<path class=\"tick\" d=\"M\(SVG.n(left)) \(SVG.n(bottom))H\(SVG.n(right))\"/><text x=\"\(SVG.n((left + right) / 2))\" y=\"\(SVG.n(bottom + 36))\" text-anchor=\"middle\">\(xName)</text>"
    let places = points.compactMap { p in x(p.0).flatMap { px in y(p.1).map { (px, $0) } } }
    out +=
      "<path class=\"line\" d=\"\(places.enumerated().map { "\($0 == 0 ? "M" : "L")\(SVG.n($1.0)) \(SVG.n($1.1))" }.joined())\"/>"
    return out
      + places.map { "<circle cx=\"\(SVG.n($0.0))\" cy=\"\(SVG.n($0.1))\" r=\"3.5\"/>" as Markup }.joined()
  }
}
