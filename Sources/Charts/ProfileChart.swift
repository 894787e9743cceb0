import Files
import Measures

/// Performance profiles: for every threshold on one metric, the share of instances at least as good, a curve a variant
/// with its pointwise 95 % band.
package struct ProfileChart {
  package struct Curve {
    /// The variant's place, for colour and shape.
    package let kind: Int
    package let profile: PerformanceProfile

    package init(kind: Int, profile: PerformanceProfile) {
      self.kind = kind
      self.profile = profile
    }
  }

  private static let width = 420, height = 250, left = 46.0, right = 408.0, top = 10.0, bottom = 200.0
  package let curves: [Curve]
  /// Names the axis of thresholds: "physics_tol5, points of 100".
  package let axis: String
  package let label: String

  package init(curves: [Curve], axis: String, label: String) {
    self.curves = curves
    self.axis = axis
    self.label = label
  }

  /// - Returns: the drawing; nil when there is nothing to draw.
  package func svg() -> Markup? {
    let thresholds = curves.flatMap { $0.profile.points.map(\.threshold) }
    guard thresholds.contains(where: \.isFinite) else { return nil }
    let x = ChartScale(linear: thresholds, from: Self.left, to: Self.right, padding: 0.02),
      y = ChartScale(linear: [0, 1], from: Self.bottom, to: Self.top, padding: 0.02, ticks: 5)
    return SVG.frame(
      Self.width, Self.height, label: label, axes(x, y) + curves.map { draw($0, x, y) }.joined(), css: "curves")
  }

  private func axes(_ x: ChartScale, _ y: ChartScale) -> Markup {
    var body: Markup = ""
    for tick in y.ticks {
      guard let at = y(tick) else { continue }
      body += "<path class=\"grid\" d=\"M\(SVG.n(Self.left)) \(SVG.n(at))H\(SVG.n(Self.right))\"/>"
      body +=
        "<text class=\"axis\" x=\"\(SVG.n(Self.left - 6))\" y=\"\(SVG.n(at + 4))\" text-anchor=\"end\">\(Text.fixed(100 * tick, 0)) %</text>"
    }
    for tick in x.ticks {
      guard let at = x(tick) else { continue }
      body +=
        "<path class=\"tick\" d=\"M\(SVG.n(at)) \(SVG.n(Self.bottom))v5\"/><text class=\"axis\" x=\"\(SVG.n(at))\" y=\"\(SVG.n(Self.bottom + 19))\" text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
    }
    body += "<path class=\"tick\" d=\"M\(SVG.n(Self.left)) \(SVG.n(Self.bottom))H\(SVG.n(Self.right))\"/>"
    return body
      + "<text class=\"axis\" x=\"\(SVG.n((Self.left + Self.right) / 2))\" y=\"\(SVG.n(Self.bottom + 38))\" text-anchor=\"middle\">\(axis)</text>"
  }

  private func draw(_ curve: Curve, _ x: ChartScale, _ y: ChartScale) -> Markup {
    let points = curve.profile.points.compactMap { point -> (x: Double, share: Double, low: Double, high: Double)? in
      guard let at = x(point.threshold), let share = y(point.share), let low = y(point.low), let high = y(point.high)
      else { return nil }
      return (at, share, low, high)
    }
    guard let last = points.last else { return "" }
    func path(_ points: [(Double, Double)]) -> String {
      points.map { "\(SVG.n($0.0)) \(SVG.n($0.1))" }.joined(separator: "L")
    }
    let style = "s\(curve.kind % 8)"
    // The upper edge there, the lower edge back.
    let band = path(points.map { ($0.x, $0.high) } + points.reversed().map { ($0.x, $0.low) })
    let middle = points[points.count / 2]
    return
      "<path class=\"\(style)\" d=\"M\(band)Z\" fill=\"currentColor\" opacity=\"0.13\"/><path class=\"line \(style)\" d=\"M\(path(points.map { ($0.x, $0.share) }))\"/>"
      + SVG.mark(curve.kind, middle.x, middle.share, 4) + SVG.mark(curve.kind, last.x, last.share, 3)
  }
}
