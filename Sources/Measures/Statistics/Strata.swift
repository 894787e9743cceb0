/// Values grouped by stratum; the statistic is the mean of the strata's means, so a large scenario does not outvote a
/// small one.
public struct Strata: Sendable, Equatable {
  /// In order of first appearance.
  public let names: [String]
  public let groups: [[Double]]

  /// - Parameter strata: one name a value, or nil for a single stratum.
  public init(_ values: [Double], _ strata: [String]? = nil) {
    precondition(
      strata == nil || strata?.count == values.count, "\(values.count) values and \(strata?.count ?? 0) strata")
    var names: [String] = [], groups: [[Double]] = [], places: [String: Int] = [:]
    for (i, value) in values.enumerated() {
      let name = strata?[i] ?? ""
      if let place = places[name] {
        groups[place].append(value)
      } else {
        places[name] = names.count
        names.append(name)
        groups.append([value])
      }
    }
    (self.names, self.groups) = (names, groups)
  }

  public var count: Int { groups.reduce(0) { $0 + $1.count } }

  /// Mean of the strata's means; NaN when empty.
  public var mean: Double { groups.reduce(0) { $0 + Self.mean($1) } / Double(groups.count) }

  /// Whether every stratum says how its values vary, and all are numbers.
  public var canBeResampled: Bool {
    !groups.isEmpty && groups.allSatisfy { $0.count >= 2 && $0.allSatisfy(\.isFinite) }
  }

  /// Variance of `mean`: Σ s²/n over strata, by the square of their number; NaN when a stratum has one value.
  public var variance: Double {
    let strata = Double(groups.count)
    return groups.reduce(0) { $0 + Self.variance($1) / Double($1.count) } / (strata * strata)
  }

  /// Third standardised moment about the strata's means, 0 for symmetric values; it says which row of
  /// `MeasuredCoverage` is near.
  public var skewness: Double {
    var squares = 0.0, cubes = 0.0
    for group in centred { for x in group { squares += x * x; cubes += x * x * x } }
    let n = Double(count), variance = squares / n
    return variance > 0 ? cubes / n / (variance * variance.squareRoot()) : 0
  }

  /// Each stratum less its mean.
  var centred: [[Double]] {
    groups.map { group in
      let mean = Self.mean(group)
      return group.map { $0 - mean }
    }
  }

  /// How much each value moves the mean, per unit of its weight.
  var influences: [Double] {
    centred.flatMap { group in group.map { $0 / (Double(group.count) * Double(groups.count)) } }
  }

  /// What each value contributes, weight times value, so that they sum to `mean`.
  var contributions: [Double] { groups.flatMap { group in group.map { $0 / Double(group.count * groups.count) } } }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// Unbiased; NaN for fewer than two.
  static func variance(_ values: [Double]) -> Double {
    let centre = mean(values)
    return values.count < 2 ? .nan : values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(values.count - 1)
  }
}
