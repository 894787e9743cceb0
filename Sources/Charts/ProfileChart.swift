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
    guard
      var plot = Plot(
        width: 420, height: 250, margins: .init(left: 50, right: 12, top: 10, bottom: 48),
        x: .linear(thresholds, padding: 0.02), y: .linear([0, 1], padding: 0.02, ticks: 5))
    else { return nil }
    plot.gridY()
    plot.axisY { "\(Text.fixed(100 * $0, 0)) %" }
    plot.axisX(title: axis)
    for curve in curves {
      let points = curve.profile.points
      plot.band(points.map { ($0.threshold, $0.low, $0.high) }, kind: curve.kind)
      plot.line(points.map { ($0.threshold, $0.share) }, kind: curve.kind)
      for (point, radius) in [(points.dropFirst(points.count / 2).first, 4.0), (points.last, 3)] {
        if let point { plot.mark(point.threshold, point.share, kind: curve.kind, radius: radius) }
      }
    }
    return plot.svg(label: label, css: "curves")
  }
}
