import Measures

/// A forest plot cut into table rows: every row draws its own interval on an axis all share, so labels never collide
/// and the numbers stand beside the drawing.
package struct ForestChart {
  private static let width = 168.0, height = 26.0, axisHeight = 24.0

  private let ends: [Double]
  private let showsZero: Bool

  /// - Parameter zero: differences: the axis contains zero and marks it.
  package init(_ estimates: [Estimate], zero: Bool) {
    let found = estimates.flatMap { [$0.value, $0.low ?? .nan, $0.high ?? .nan] }.filter(\.isFinite)
    ends = zero ? found + [0] : found
    showsZero = zero
  }

  /// One estimate with its interval.
  package func row(_ estimate: Estimate?, kind: Int?) -> Markup {
    guard var plot = plot(Self.height, bottom: 0) else { return "" }
    plot.gridX()
    if showsZero { plot.level(x: 0) }
    guard let estimate, estimate.value.isFinite else { return plot.svg(label: "nothing to draw", css: "forest") }
    plot.whisker(from: estimate.low, to: estimate.high, y: 0, kind: kind)
    plot.mark(estimate.value, 0, kind: kind)
    return plot.svg(label: estimate.text, css: "forest")
  }

  /// The axis below the rows.
  package var axis: Markup {
    guard var plot = plot(Self.axisHeight, bottom: Self.axisHeight - 1) else { return "" }
    plot.axisX()
    return plot.svg(label: "axis", css: "forest")
  }

  private func plot(_ height: Double, bottom: Double) -> Plot? {
    Plot(
      width: Self.width, height: height, margins: .init(left: 14, right: 14, top: 0, bottom: bottom),
      x: .linear(ends.isEmpty ? [0, 1] : ends), y: .rows(1))
  }
}
