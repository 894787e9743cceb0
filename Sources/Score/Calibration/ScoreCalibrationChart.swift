import Charts
import Files
import Foundation
import Measures

/// A clip's calibration as small multiples: a panel a metric, a curve a kind of damage, from the sound clip on the left
/// to the strongest step.
package struct ScoreCalibrationChart {
  package let clip: String
  package let responses: [ScoreCalibration.Response]
  private static let columns = 3, panel = (width: 350.0, height: 214.0), top = 96.0

  package init(_ clip: String, _ responses: [ScoreCalibration.Response]) {
    self.clip = clip
    self.responses = responses.filter { $0.clip == clip && $0.isMeasured }
  }

  /// A drawing that stands alone; nil when nothing was measured.
  package func svg() -> Markup? {
    let metrics = responses.map(\.metric).distinct(), damages = responses.map(\.damage).distinct()
    guard !metrics.isEmpty else { return nil }
    let rows = (metrics.count + Self.columns - 1) / Self.columns
    let panels = metrics.enumerated().map { i, metric -> Markup in
      let (row, column) = i.quotientAndRemainder(dividingBy: Self.columns)
      return draw(responses.filter { $0.metric == metric }, damages)?.panel(
        10 + Self.panel.width * Double(column), Self.top + Self.panel.height * Double(row)) ?? ""
    }
    return SVG.alone(
      Self.panel.width * Double(Self.columns) + 20, Self.top + Self.panel.height * Double(rows) + 10,
      label: "Calibration on \(clip)", heading(damages) + panels.joined())
  }

  private func heading(_ damages: [String]) -> Markup {
    var body = SVG.text("title", "Response to known damage: \(clip)", 20, 30)
    body += SVG.text(
      "axis",
      "Left to right: sound, then growing damage in the steps named here. Thick curves are damage that the metric claims to order. ↑ higher is better, ↓ lower is better.",
      20, 50)
    var x = 26.0
    for (k, damage) in damages.enumerated() {
      let steps = responses.first { $0.damage == damage }
      let label =
        damage
        + (steps.map {
          " " + $0.strengths.dropFirst().map(ChartScale.label).joined(separator: " ") + " " + $0.damageUnit
        } ?? "")
      // Two lines of legend hold seven kinds of damage.
      let y = 68.0 + (k >= (damages.count + 1) / 2 ? 18 : 0)
      if k == (damages.count + 1) / 2 { x = 26 }
      body += SVG.mark(k, x, y, 4) + SVG.text("axis", label, x + 10, y + 4)
      x += 262
    }
    return body
  }

  private func draw(_ responses: [ScoreCalibration.Response], _ damages: [String]) -> Plot? {
    guard let first = responses.first,
      var plot = Plot(
        width: Self.panel.width, height: Self.panel.height, margins: .init(left: 62, right: 18, top: 30, bottom: 22),
        x: .linear([0, Double(max(1, (responses.map(\.values.count).max() ?? 1) - 1))]),
        y: .linear(responses.flatMap { $0.values.compactMap { $0 } }, padding: 0.08))
    else { return nil }
    plot.heading("\(first.metric) \(first.better == .higher ? "↑" : "↓")", first.unit)
    plot.gridY()
    plot.axisY()
    // Claims last, so that they lie on top.
    for response in responses.filter({ $0.claim != .orders }) + responses.filter({ $0.claim == .orders }) {
      let kind = damages.firstIndex(of: response.damage) ?? 0, isClaimed = response.claim == .orders
      let points = response.values.enumerated().compactMap { i, value in value.map { (x: Double(i), y: $0) } }
      plot.line(points, kind: kind, css: isClaimed ? "claimed" : "plain")
      for point in points { plot.mark(point.x, point.y, kind: kind, radius: isClaimed ? 3.6 : 2.4) }
    }
    return plot
  }
}
