import Measures

/// A forest plot cut into table rows: every row draws its own interval on an axis all share, so labels never collide
/// and the numbers stand beside the drawing.
package struct ForestChart {
  package static let width = 196, height = 26
  private static let margin = 14.0

  private let scale: ChartScale
  private let showsZero: Bool

  /// - Parameter zero: differences: the axis contains zero and marks it.
  package init(_ estimates: [Estimate], zero: Bool) {
    let ends = estimates.flatMap { [$0.value, $0.low ?? .nan, $0.high ?? .nan] }
    scale = ChartScale(linear: zero ? ends + [0] : ends, from: Self.margin, to: Double(Self.width) - Self.margin)
    showsZero = zero
  }

  /// One estimate with its interval.
  package func row(_ estimate: Estimate?, kind: Int?) -> Markup {
    guard let estimate, let x = scale(estimate.value) else {
      return SVG.frame(Self.width, Self.height, label: "nothing to draw", grid(Self.height), css: "forest")
    }
    let middle = Double(Self.height) / 2
    var body = grid(Self.height)
    if let low = estimate.low.flatMap({ scale($0) }), let high = estimate.high.flatMap({ scale($0) }) {
      let style = kind.map { "whisker s\($0 % 8)" } ?? "whisker controlled"
      body +=
        "<path class=\"\(style)\" d=\"M\(SVG.n(low)) \(SVG.n(middle))H\(SVG.n(high))M\(SVG.n(low)) \(SVG.n(middle - 4))v8M\(SVG.n(high)) \(SVG.n(middle - 4))v8\"/>"
    }
    body += SVG.mark(kind, x, middle)
    return SVG.frame(Self.width, Self.height, label: estimate.text, body, css: "forest")
  }

  /// The axis below the rows.
  package var axis: Markup {
    var body: Markup = ""
    for tick in spacedTicks {
      guard let x = scale(tick) else { continue }
      body +=
        "<path class=\"tick\" d=\"M\(SVG.n(x)) 0v5\"/><text class=\"axis\" x=\"\(SVG.n(x))\" y=\"17\" text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
    }
    return SVG.frame(Self.width, 22, label: "axis", body, css: "forest")
  }

  private var spacedTicks: [Double] {
    scale.ticks.count > 6 ? scale.ticks.enumerated().filter { $0.offset % 2 == 0 }.map(\.element) : scale.ticks
  }

  private func grid(_ height: Int) -> Markup {
    var body = spacedTicks.compactMap { scale($0) }.map {
      "<path class=\"grid\" d=\"M\(SVG.n($0)) 0V\(height)\"/>" as Markup
    }.joined()
    if showsZero, let zero = scale(0) { body += "<path class=\"zero\" d=\"M\(SVG.n(zero)) 0V\(height)\"/>" }
    return body
  }
}
