import Foundation

/// How small a difference a comparison of this size could have claimed, and how large one must be to claim the
/// difference it saw: by the normal approximation, at the level Holm leaves the strictest of `tests` tests.
public struct DetectableDifference: Sendable, Equatable {
  /// Chance of claiming a true difference of that size.
  public static let power = 0.8

  /// The least true difference claimed four times in five, in the metric's unit.
  public let difference: Double
  /// Instances needed to claim a true difference as large as the one seen; nil when no number would do (it is zero, or
  /// training seeds alone vary more than that).
  public let instances: Int?
  /// Training seeds of each variant needed, where more instances would not do.
  public let seeds: Int?

  /// - Parameters:
  ///   - tests: size of the family p is adjusted over.
  ///   - alpha: of the whole family, two-sided.
  public init(_ values: Replicates, tests: Int = 1, alpha: Double = 0.05, power: Double = Self.power) {
    let reach = Normal.quantile(1 - alpha / Double(2 * max(1, tests))) + Normal.quantile(power)
    let instances = values.collapsed, inner = instances.variance,
      outer = values.scope == .recipes ? values.seedVariance : 0
    difference = reach * (inner + outer).squareRoot()
    let target = instances.mean / reach, wanted = target * target
    // Sign flips over n instances have no p below 2/2ⁿ.
    let least = (log2(2 * Double(max(1, tests)) / alpha)).rounded(.up)
    func count(_ x: Double) -> Int? { x.isFinite && x < 1e9 ? Int(x) : nil }
    let enough =
      wanted > outer ? count(max((Double(values.count) * inner / (wanted - outer)).rounded(.up), least)) : nil
    self.instances = enough
    guard enough == nil, wanted > inner, outer > 0 else { seeds = nil; return }
    seeds = count(
      (Double(min(values.a.count, values.b.isEmpty ? .max : values.b.count)) * outer / (wanted - inner)).rounded(.up))
  }

  /// The least paired difference, in standard deviations of a pair's, that so many instances claim four times in five.
  public static func standardised(_ instances: Int, alpha: Double = 0.05) -> Double {
    (Normal.quantile(1 - alpha / 2) + Normal.quantile(power)) / Double(max(1, instances)).squareRoot()
  }

  /// "you need n ≥ 312 instances to claim a difference of this size", or what else would do.
  public func sentence(_ unit: String) -> String {
    if let instances { return "you need n ≥ \(instances) instances to claim a difference of this size" }
    if let seeds {
      return
        "you need n ≥ \(seeds) training seeds of each to claim a difference of this size: more instances would not do"
    }
    return
      "no number of instances would claim a difference this small; this comparison could have claimed one of \(Estimate.short(difference))\(unit.isEmpty ? "" : " " + unit)"
  }
}
