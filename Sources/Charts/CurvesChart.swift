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

  /// - Returns: the drawing; nil when no line has a value with a place on the axis.
  package func svg() -> Markup? {
    let steps = lines.flatMap(\.steps).map(Double.init)
    let values = lines.flatMap { line in
      line.values + Self.withoutExtremes(line.raw) + line.intervals.compactMap { $0 }.flatMap { [$0.low, $0.high] }
    }
    // Levels alone make no chart.
    guard values.contains(where: \.isFinite),
      var plot = Plot(
        width: 560, height: 308, margins: .init(left: 56, right: 14, top: 10, bottom: 46),
        x: .linear(steps, padding: 0.03, ticks: 6),
        y: isLog ? .logarithmic(values) : .linear(values + levels.map(\.value)))
    else { return nil }
    plot.gridY()
    plot.axisY()
    plot.axisX(plot.x.ticks.filter { $0 >= 0 }, title: "training step")
    plot.levels(levels)
    for line in lines { draw(line, &plot) }
    return plot.svg(label: label, css: "curves")
  }

  /// The raw loss without its outermost half per cent, which would squeeze the rest; such points are clipped at the
  /// frame.
  private static func withoutExtremes(_ raw: [Double]) -> [Double] {
    let sorted = raw.filter { $0.isFinite && $0 > 0 }.sorted(), cut = sorted.count / 200
    return Array(sorted.dropFirst(cut).dropLast(cut))
  }

  private func draw(_ line: Line, _ plot: inout Plot) {
    if !line.raw.isEmpty { plot.line(Self.thinned(line.steps, line.raw), kind: line.kind, css: "raw") }
    plot.line(Self.thinned(line.steps, line.values), kind: line.kind)
    guard line.hasPoints else { return }
    for (i, value) in line.values.enumerated() {
      let step = Double(line.steps[i])
      if i < line.intervals.count, let interval = line.intervals[i] {
        plot.whisker(x: step, from: interval.low, to: interval.high, kind: line.kind)
      }
      plot.mark(step, value, kind: line.kind, radius: 4)
    }
  }

  /// At most `columns` × 4 points: of each column the first, least, greatest and last, so spikes survive, and one that is
  /// not finite, so gaps do.
  private static func thinned(_ steps: [Int], _ values: [Double], columns: Int = 450) -> [(x: Double, y: Double)] {
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
    return kept.map { (Double(steps[$0]), values[$0]) }
  }
}
