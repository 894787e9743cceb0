import Foundation
import Measures

/// A quantity against training step for one or more runs: a loss on a logarithmic axis, a score on a linear one.
package struct CurvesChart {
  package struct Line {
    /// The run's place, for colour and shape.
    package let kind: Int
    package let steps: [Int]
    package let values: [Double]
    /// Drawn thin behind the line; empty for none.
    package var raw: [Double] = []
    /// Ends of an interval at each point; empty for none.
    package var intervals: [(low: Double, high: Double)?] = []
    /// Whether each point is marked.
    package var hasPoints = false

    package init(
      kind: Int, steps: [Int], values: [Double], raw: [Double] = [],
      intervals: [(low: Double, high: Double)?] = [], hasPoints: Bool = false
    ) {
      self.kind = kind
      self.steps = steps
      self.values = values
      self.raw = raw
      self.intervals = intervals
      self.hasPoints = hasPoints
    }
  }

  package static let width = 560, height = 308
  private static let left = 56.0, right = 546.0, top = 10.0, bottom = 262.0
  package let lines: [Line]
  package let label: String
  /// Heights every step is held against, such as a control's score.
  package var levels: [(name: String, value: Double)] = []
  package var isLog = true

  package init(
    lines: [Line], label: String, levels: [(name: String, value: Double)] = [], isLog: Bool = true
  ) {
    self.lines = lines
    self.label = label
    self.levels = levels
    self.isLog = isLog
  }

  /// - Returns: the drawing; nil when no line has a positive value.
  package func svg() -> Markup? {
    let steps = lines.flatMap(\.steps).map(Double.init)
    let values = lines.flatMap { line in
      line.values + Self.withoutExtremes(line.raw) + line.intervals.compactMap { $0 }.flatMap { [$0.low, $0.high] }
    }
    guard let y = isLog ? ChartScale(log: values, from: Self.bottom, to: Self.top) : scale(values + levels.map(\.value))
    else { return nil }
    let x = ChartScale(linear: steps, from: Self.left, to: Self.right, padding: 0.03, ticks: 6)
    let body: Markup = "\(axes(x, y))\(references(y))<g>\(lines.map { draw($0, x, y) }.joined())</g>"
    return SVG.frame(Self.width, Self.height, label: label, body, css: "curves")
  }

  /// The raw loss without its outermost half per cent, which would squeeze the rest; such points are clipped at the
  /// frame.
  private static func withoutExtremes(_ raw: [Double]) -> [Double] {
    let sorted = raw.filter { $0.isFinite && $0 > 0 }.sorted(), cut = sorted.count / 200
    return Array(sorted.dropFirst(cut).dropLast(cut))
  }

  private func scale(_ values: [Double]) -> ChartScale? {
    values.contains(where: \.isFinite) ? ChartScale(linear: values, from: Self.bottom, to: Self.top) : nil
  }

  /// Dashed, named at the right end; a name that would print over another is left to the line.
  private func references(_ y: ChartScale) -> Markup {
    var taken: [Double] = []
    return levels.compactMap { level in y(level.value).map { (level.name, $0) } }.map { name, at -> Markup in
      let line: Markup = "<path class=\"zero\" d=\"M\(SVG.n(Self.left)) \(SVG.n(at))H\(SVG.n(Self.right))\"/>"
      guard !taken.contains(where: { abs($0 - at) < 12 }) else { return line }
      taken.append(at)
      return line
        + "<text class=\"axis\" x=\"\(SVG.n(Self.right - 2))\" y=\"\(SVG.n(at - 3))\" text-anchor=\"end\">\(name)</text>"
    }.joined()
  }

  private func axes(_ x: ChartScale, _ y: ChartScale) -> Markup {
    var body: Markup = ""
    for tick in y.ticks {
      guard let at = y(tick) else { continue }
      body += "<path class=\"grid\" d=\"M\(SVG.n(Self.left)) \(SVG.n(at))H\(SVG.n(Self.right))\"/>"
      body +=
        "<text class=\"axis\" x=\"\(SVG.n(Self.left - 8))\" y=\"\(SVG.n(at + 4))\" text-anchor=\"end\">\(ChartScale.label(tick))</text>"
    }
    for tick in x.ticks where tick >= 0 {
      guard let at = x(tick) else { continue }
      body += "<path class=\"tick\" d=\"M\(SVG.n(at)) \(SVG.n(Self.bottom))v5\"/>"
      body +=
        "<text class=\"axis\" x=\"\(SVG.n(at))\" y=\"\(SVG.n(Self.bottom + 19))\" text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
    }
    body += "<path class=\"tick\" d=\"M\(SVG.n(Self.left)) \(SVG.n(Self.bottom))H\(SVG.n(Self.right))\"/>"
    return body
      + "<text class=\"axis\" x=\"\(SVG.n((Self.left + Self.right) / 2))\" y=\"\(SVG.n(Self.bottom + 36))\" text-anchor=\"middle\">training step</text>"
  }

  private func draw(_ line: Line, _ x: ChartScale, _ y: ChartScale) -> Markup {
    let style = "s\(line.kind % 8)"
    var body: Markup = ""
    if !line.raw.isEmpty { body += "<path class=\"raw \(style)\" d=\"\(Self.path(line.steps, line.raw, x, y))\"/>" }
    body += "<path class=\"line \(style)\" d=\"\(Self.path(line.steps, line.values, x, y))\"/>"
    guard line.hasPoints else { return body }
    for (i, value) in line.values.enumerated() {
      guard let px = x(Double(line.steps[i])), let py = y(value) else { continue }
      if i < line.intervals.count, let interval = line.intervals[i], let low = y(interval.low),
        let high = y(interval.high)
      {
        body += "<path class=\"whisker \(style)\" d=\"M\(SVG.n(px)) \(SVG.n(low))V\(SVG.n(high))\"/>"
      }
      body += SVG.mark(line.kind, px, py, 4)
    }
    return body
  }

  /// At most `columns` × 4 points: of each column the first, least, greatest and last, so spikes survive. A value
  /// without a place on the axis breaks the line.
  package static func path(
    _ steps: [Int], _ values: [Double], _ x: ChartScale, _ y: ChartScale, columns: Int = 450
  ) -> String {
    var kept: [Int] = []
    let bucket = max(1, values.count / columns)
    for start in stride(from: 0, to: values.count, by: bucket) {
      let range = start..<min(start + bucket, values.count)
      let finite = range.filter { values[$0].isFinite }
      var chosen: Set<Int> = [range.lowerBound, range.upperBound - 1]
      chosen.formUnion(range.filter { !values[$0].isFinite }.prefix(1))
      if let least = finite.min(by: { values[$0] < values[$1] }), let most = finite.max(by: { values[$0] < values[$1] })
      {
        chosen.formUnion([least, most])
      }
      kept += chosen.sorted()
    }
    var out = "", isOpen = false
    for i in kept {
      guard let px = x(Double(steps[i])), let py = y(values[i]) else { isOpen = false; continue }
      out += "\(isOpen ? "L" : "M")\(SVG.n(px)) \(SVG.n(min(max(py, top - 4), bottom)))"
      isOpen = true
    }
    return out
  }
}
