/// A drawn quantity: its range in distribution and outside.
public struct Parameter: Sendable, Equatable {
  public let name: String
  public let unit: String
  public let inside: ClosedRange<Double>
  /// Out of distribution below and above `inside`; nil where the suite has none.
  public let low: ClosedRange<Double>?
  public let high: ClosedRange<Double>?
  /// Ranges in structural variants and, under "joint", in the joint cell; elsewhere the parameter stays inside.
  public let elsewhere: [String: ClosedRange<Double>]
  /// The only values there are, for a quantity that is not continuous.
  public let choices: [Double]
  /// Whether it only picks one of two sides.
  public let isCoin: Bool

  public init(
    _ name: String, unit: String, _ inside: ClosedRange<Double>, low: ClosedRange<Double>? = nil,
    high: ClosedRange<Double>? = nil,
    elsewhere: [String: ClosedRange<Double>] = [:]
  ) {
    (self.name, self.unit, self.inside, self.low, self.high) = (name, unit, inside, low, high)
    (self.elsewhere, choices, isCoin) = (elsewhere, [], false)
  }

  public init(_ name: String, unit: String, oneOf choices: [Double]) {
    precondition(!choices.isEmpty && choices == choices.sorted())
    (self.name, self.unit, inside, self.choices) = (name, unit, choices[0]...choices[choices.count - 1], choices)
    (low, high, elsewhere, isCoin) = (nil, nil, [:], false)
  }

  /// Heads below ½.
  public init(coin name: String) {
    (self.name, unit, inside, choices, isCoin) = (name, "coin", 0...1, [], true)
    (low, high, elsewhere) = (nil, nil, [:])
  }

  /// Whether the joint cell draws it from elsewhere.
  var leavesInJoint: Bool { low != nil || high != nil || elsewhere["joint"] != nil }

  /// The range this parameter is drawn from in `cell`; `coin` in [0, 1) picks a side where the joint cell has two.
  func range(in cell: Cell, coin: Double) -> ClosedRange<Double> {
    switch cell {
    case .train, .validation: return inside
    case .variant(let name): return elsewhere[name] ?? inside
    case .outside(name, .low): return low ?? inside
    case .outside(name, .high): return high ?? inside
    case .outside: return inside
    case .joint:
      if let other = elsewhere["joint"] { return other }
      guard let low, let high else { return low ?? high ?? inside }
      return coin < 0.5 ? low : high
    }
  }

  /// The value in `cell` for two uniform numbers on [0, 1).
  func value(in cell: Cell, coin: Double, unit: Double) -> Double {
    if !choices.isEmpty { return choices[min(choices.count - 1, Int(unit * Double(choices.count)))] }
    let range = range(in: cell, coin: coin)
    return range.lowerBound + (range.upperBound - range.lowerBound) * unit
  }
}
