/// Values grouped by stratum; the statistic is the mean of the strata's means, so a large scenario does not outvote a small one.
public struct Strata: Sendable, Equatable {
  /// In order of first appearance.
  public let names: [String]
  public let groups: [[Double]]

  /// - Parameter strata: one name a value, or nil for a single stratum.
  public init(_ values: [Double], _ strata: [String]? = nil) {
    precondition(strata == nil || strata?.count == values.count, "\(values.count) values and \(strata?.count ?? 0) strata")
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

  /// What each value contributes, weight times value, so that they sum to `mean`.
  var contributions: [Double] { groups.flatMap { group in group.map { $0 / Double(group.count * groups.count) } } }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
