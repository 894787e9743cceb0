/// Values by training seed and instance, of one variant or of two held against each other.
///
/// A variant is a recipe; each training seed gives one checkpoint of it. All checkpoints are measured on the same
/// instances, so seeds and instances are crossed: instances pair checkpoints, and the statistic is the mean over strata
/// of the mean over instances of (mean over a's seeds − mean over b's seeds).
public struct Replicates: Sendable, Equatable {
  /// What a claim from these values is about.
  public enum Scope: String, Sendable {
    /// The very weights measured: only instances are a sample.
    case checkpoints
    /// The recipes that made them: training seeds are a sample as well.
    case recipes
  }

  /// Fewer training seeds of a variant say nothing of its recipe: with five against five even a perfect separation is
  /// rare evidence, and a bootstrap over them is far too narrow.
  public static let seedsForRecipes = 6

  /// [seeds][instances] of the first variant, and of the second; empty for none.
  public let a: [[Double]], b: [[Double]]
  /// A name an instance; nil for a single stratum.
  public let strata: [String]?

  /// - Parameters:
  ///   - a: values of the variant: [training seeds][instances].
  ///   - b: values of another on the same instances, in the same order; empty for none.
  public init(_ a: [[Double]], minus b: [[Double]] = [], strata: [String]? = nil) {
    precondition(!a.isEmpty && (a + b).allSatisfy { $0.count == a[0].count }, "every seed has every instance")
    precondition(strata == nil || strata?.count == a[0].count, "a stratum an instance")
    (self.a, self.b, self.strata) = (a, b, strata)
  }

  /// Instances.
  public var count: Int { a[0].count }

  public var scope: Scope {
    ([a, b].filter { !$0.isEmpty }).allSatisfy { $0.count >= Self.seedsForRecipes } ? .recipes : .checkpoints
  }

  /// Seeds averaged away: one value an instance, a's mean less b's.
  public var collapsed: Strata {
    func mean(_ rows: [[Double]], _ i: Int) -> Double {
      rows.isEmpty ? 0 : rows.reduce(0) { $0 + $1[i] } / Double(rows.count)
    }
    return Strata((0..<count).map { mean(a, $0) - mean(b, $0) }, strata)
  }

  /// The statistic of each checkpoint alone.
  public var seedMeans: (a: [Double], b: [Double]) {
    (a.map { Strata($0, strata).mean }, b.map { Strata($0, strata).mean })
  }

  /// Variance that training seeds add to the statistic: Σ s²/seeds over the variants; NaN with one seed in either.
  public var seedVariance: Double {
    let means = seedMeans
    return [means.a, means.b].filter { !$0.isEmpty }.reduce(0) { $0 + Strata.variance($1) / Double($1.count) }
  }

  /// Standard error of the statistic in its scope.
  public var standardError: Double { (collapsed.variance + (scope == .recipes ? seedVariance : 0)).squareRoot() }
}
