import Files

/// A drawing under way: a frame, two axes, and what is put between them in the data's own units. Every chart is drawn
/// through it, so axes, labels and marks look the same everywhere.
package struct Plot {
  /// Room between the data and the edge, for labels.
  package struct Margins {
    let left: Double, right: Double, top: Double, bottom: Double

    package init(left: Double, right: Double, top: Double, bottom: Double) {
      (self.left, self.right, self.top, self.bottom) = (left, right, top, bottom)
    }
  }

  package enum Axis {
    /// Widened by `padding` of the values' range, with about `ticks` ticks.
    case linear([Double], padding: Double = 0.05, ticks: Int = 4)
    case logarithmic([Double])
    /// Rows 0, 1, … from the top, or columns from the left.
    case rows(Int)

    /// - Returns: nil where no value has a place on the axis.
    fileprivate func scale(_ start: Double, _ end: Double, isVertical: Bool) -> ChartScale? {
      switch self {
      case .linear(let values, let padding, let ticks):
        values.contains(where: \.isFinite)
          ? ChartScale(linear: values, from: start, to: end, padding: padding, ticks: ticks) : nil
      case .logarithmic(let values): ChartScale(log: values, from: start, to: end)
      case .rows(let count):
        ChartScale(
          linear: [-0.5, Double(count) - 0.5], from: isVertical ? end : start, to: isVertical ? start : end, padding: 0)
      }
    }
  }

  package let width: Double, height: Double
  private let left: Double, right: Double, top: Double, bottom: Double
  package let x: ChartScale, y: ChartScale
  /// What has been drawn, later things over earlier ones.
  package private(set) var body: Markup = ""

  /// - Returns: nil where an axis has no place for any value.
  package init?(width: Double, height: Double, margins: Margins, x: Axis, y: Axis) {
    (self.width, self.height) = (width, height)
    (left, right, top, bottom) = (margins.left, width - margins.right, margins.top, height - margins.bottom)
    guard let x = x.scale(left, right, isVertical: false), let y = y.scale(bottom, top, isVertical: true) else {
      return nil
    }
    (self.x, self.y) = (x, y)
  }

  // MARK: what comes out

  /// The drawing for a page, which has its style.
  package func svg(label: String, css: String) -> Markup {
    "<svg class=\"\(css)\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" role=\"img\" aria-label=\"\(label)\">\(body)</svg>"
  }

  /// The drawing as a part of another, its corner at `x`, `y`.
  package func panel(_ x: Double, _ y: Double) -> Markup {
    "<g transform=\"translate(\(n(x)) \(n(y)))\">\(body)</g>"
  }

  // MARK: axes

  /// Faint lines down the frame, at the ticks.
  package mutating func gridX() {
    for at in Self.spaced(x.ticks.compactMap { x($0) }, 24) { path("grid", "M\(n(at)) \(n(top))V\(n(bottom))") }
  }

  /// Faint lines across the frame, at the ticks.
  package mutating func gridY() {
    for at in y.ticks.compactMap({ y($0) }) { path("grid", "M\(n(left)) \(n(at))H\(n(right))") }
  }

  /// The axis below: its line and ticks unless gridlines stand for them, numbers, what they count.
  /// - Parameter values: where the ticks are; by default the scale's own.
  package mutating func axisX(_ values: [Double]? = nil, title: String = "", hasTicks: Bool = true) {
    let places = (values ?? x.ticks).compactMap { value in x(value).map { (at: $0, text: ChartScale.label(value)) } }
    for place in places where hasTicks { path("tick", "M\(n(place.at)) \(n(bottom))v5") }
    if hasTicks { path("tick", "M\(n(left)) \(n(bottom))H\(n(right))") }
    for place in Self.apart(places) { text("axis", place.text, place.at, bottom + 19, anchor: "middle") }
    if !title.isEmpty { text("axis", title, (left + right) / 2, bottom + 37, anchor: "middle") }
  }

  /// The numbers at the left, and what they count, turned.
  package mutating func axisY(title: String = "", _ label: (Double) -> String = ChartScale.label) {
    for tick in y.ticks {
      if let at = y(tick) { text("axis", label(tick), left - 8, at + 4, anchor: "end") }
    }
    guard !title.isEmpty else { return }
    body +=
      "<text class=\"axis\" transform=\"translate(14 \(n((top + bottom) / 2))) rotate(-90)\" text-anchor=\"middle\">\(Markup(plain: title))</text>"
  }

  /// A name above the frame, and quieter words after it.
  package mutating func heading(_ name: String, _ quiet: String = "", at x: Double? = nil) {
    let after: Markup = quiet.isEmpty ? "" : " <tspan class=\"axis\">\(Markup(plain: quiet))</tspan>"
    body += "<text class=\"name\" x=\"\(n(x ?? left))\" y=\"\(n(top - 12))\">\(Markup(plain: name))\(after)</text>"
  }

  /// A row's name at the left.
  package mutating func rowName(_ name: String, row: Int) {
    if let at = y(Double(row)) { text("label", name, 10, at + 4, anchor: "start") }
  }

  /// Words where a row has no value, before the first gridline.
  package mutating func rowNote(_ words: String, row: Int) {
    if let at = y(Double(row)) { text("label", words, left + 10, at + 4, anchor: "end") }
  }

  // MARK: what is in it

  /// A dashed line down the frame, such as no difference.
  package mutating func level(x value: Double) {
    if let at = x(value) { path("zero", "M\(n(at)) \(n(top))V\(n(bottom))") }
  }

  /// Dashed lines across, each named at its right end; a name that would print over another is left to the line.
  package mutating func levels(_ levels: [(name: String, value: Double)]) {
    var taken: [Double] = []
    for level in levels {
      guard let at = y(level.value) else { continue }
      path("zero", "M\(n(left)) \(n(at))H\(n(right))")
      guard !taken.contains(where: { abs($0 - at) < 12 }) else { continue }
      taken.append(at)
      text("axis", level.name, right - 2, at - 3, anchor: "end")
    }
  }

  /// The dashed line from the frame's lower left to its upper right.
  package mutating func diagonal() { path("zero", "M\(n(left)) \(n(bottom))L\(n(right)) \(n(top))") }

  /// A curve, held within the frame's height; a point without a place breaks it.
  package mutating func line(_ points: [(x: Double, y: Double)], kind: Int, css: String = "line") {
    var data = "", isOpen = false
    for point in points {
      guard let px = x(point.x), let py = y(point.y) else { isOpen = false; continue }
      data += "\(isOpen ? "L" : "M")\(n(px)) \(n(min(max(py, top - 4), bottom)))"
      isOpen = true
    }
    path("\(css) \(ChartPalette.css(kind))", data)
  }

  /// The ground between two curves.
  package mutating func band(_ points: [(x: Double, low: Double, high: Double)], kind: Int) {
    let upper = points.compactMap { p in x(p.x).flatMap { px in y(p.high).map { (px, $0) } } },
      lower = points.compactMap { p in x(p.x).flatMap { px in y(p.low).map { (px, $0) } } }
    guard !upper.isEmpty else { return }
    // The upper edge there, the lower edge back.
    let edge = (upper + lower.reversed()).map { "\(n($0.0)) \(n($0.1))" }.joined(separator: "L")
    path("band \(ChartPalette.css(kind))", "M\(edge)Z")
  }

  /// An interval along a row, with ends.
  package mutating func whisker(from low: Double?, to high: Double?, y value: Double, kind: Int?) {
    guard let low = low.flatMap({ x($0) }), let high = high.flatMap({ x($0) }), let at = y(value) else { return }
    path(
      "whisker \(ChartPalette.css(kind))",
      "M\(n(low)) \(n(at))H\(n(high))M\(n(low)) \(n(at - 4))v8M\(n(high)) \(n(at - 4))v8")
  }

  /// An interval up and down at one place.
  package mutating func whisker(x value: Double, from low: Double, to high: Double, kind: Int?) {
    guard let at = x(value), let low = y(low), let high = y(high) else { return }
    path("whisker \(ChartPalette.css(kind))", "M\(n(at)) \(n(low))V\(n(high))")
  }

  package mutating func mark(_ px: Double, _ py: Double, kind: Int?, radius: Double = 5, isFaint: Bool = false) {
    guard let px = x(px), let py = y(py) else { return }
    body += SVG.mark(kind, px, py, radius, isFaint: isFaint)
  }

  // MARK: elements

  private func n(_ x: Double) -> String { SVG.n(x) }

  private mutating func path(_ css: String, _ data: String) { body += "<path class=\"\(css)\" d=\"\(data)\"/>" }

  private mutating func text(_ css: String, _ words: String, _ x: Double, _ y: Double, anchor: String) {
    body += SVG.text(css, words, x, y, anchor: anchor)
  }

  /// About how wide a number is printed: no font is at hand to measure with.
  private static func width(_ text: String) -> Double { 6.6 * Double(text.count) }

  /// All numbers, or every second, third, … of them: so many that none touches its neighbour. Their ticks stay.
  private static func apart(_ places: [(at: Double, text: String)]) -> [(at: Double, text: String)] {
    for step in 1...max(1, places.count) {
      let kept = places.enumerated().filter { $0.offset % step == 0 }.map(\.element)
      let touches = zip(kept, kept.dropFirst()).contains { a, b in
        abs(b.at - a.at) < (width(a.text) + width(b.text)) / 2 + 4
      }
      if !touches { return kept }
    }
    return []
  }

  /// Every second place while they lie closer than `least`.
  private static func spaced(_ places: [Double], _ least: Double) -> [Double] {
    guard let a = places.first, let b = places.dropFirst().first, abs(b - a) < least else { return places }
    return spaced(places.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), least)
  }
}
