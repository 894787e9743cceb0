/// Who lives in a cell: how many draws acceptance lets through, and how the accepted values are spread.
///
/// A tight cell keeps the draws that are easy to show (docs/WORLDS-POPULATIONS.md): its histograms say which.
public struct CellPopulation: Sendable {
  public struct Histogram: Sendable {
    public let parameter: Parameter
    /// The range the cell draws from; two for a joint cell with both sides.
    public let ranges: [ClosedRange<Double>]
    /// Bin edges, one more than there are counts; for a quantity with choices, the choices.
    public let edges: [Double]
    public let counts: [Int]
  }

  public let cell: Cell
  /// Instances 0..<count.
  public let instances: Int
  public let refusals: Int
  public let histograms: [Histogram]

  /// Share of the draws that became instances.
  public var acceptance: Double { Double(instances) / Double(instances + refusals) }

  /// Counts instances 0..<`count` of a cell, as a bench would draw them.
  /// - Parameter bins: of every continuous parameter.
  /// - Throws: `Problem` when the cell does not exist or shows nothing at this setting.
  public init(_ scenario: Scenario, _ cell: Cell, count: Int, bins: Int = 10, setting: Setting) throws {
    let drawn = try (0..<count).map { try Instance(scenario, cell, index: $0, setting: setting) }
    (self.cell, instances, refusals) = (cell, count, drawn.reduce(0) { $0 + $1.refusals })
    histograms = scenario.parameters.compactMap { parameter in
      let values = drawn.map { $0.draw[parameter.name] }
      if !parameter.choices.isEmpty {
        return Histogram(
          parameter: parameter, ranges: [parameter.inside], edges: parameter.choices,
          counts: parameter.choices.map { c in values.count { $0 == c } })
      }
      let low = parameter.range(in: cell, coin: 0), high = parameter.range(in: cell, coin: 1)
      guard low.lowerBound < high.upperBound else { return nil }
      let span = high.upperBound - low.lowerBound
      var counts = [Int](repeating: 0, count: bins)
      for value in values { counts[min(bins - 1, max(0, Int((value - low.lowerBound) / span * Double(bins))))] += 1 }
      return Histogram(
        parameter: parameter, ranges: low == high ? [low] : [low, high],
        edges: (0...bins).map { low.lowerBound + span * Double($0) / Double(bins) }, counts: counts)
    }
  }
}
