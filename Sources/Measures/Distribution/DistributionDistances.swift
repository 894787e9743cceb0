import Files

/// Every distance between two sets of features, as `orrery metrics distance` reports them.
public enum DistributionDistances {
  /// Fewer clips than this many a feature leave a covariance poorly determined.
  static let clipsPerFeature = 10

  /// One estimate a distance; the interval is absent, for n = 1 pair of sets.
  /// - Parameter seed: of KID's subsets.
  /// - Throws: `Problem` when the two have different numbers of features, or such large ones that covariances overflow.
  public static func all(
    _ a: FeatureMatrix, _ b: FeatureMatrix, seed: UInt64 = 0, threads: Int = 1
  ) throws -> [Estimate] {
    guard a.columns == b.columns else {
      throw Problem(
        "the first set has \(a.columns) features a clip, the second \(b.columns)",
        expected: "features of one network, computed in one way")
    }
    let n = min(a.rows, b.rows), size = min(1000, n), conditions = conditions(a, b)
    func estimate(_ name: String, _ value: Double, unit: String, note: String) -> Estimate {
      Estimate(value, n: n, protocol: MetricProtocol(name, conditions), unit: unit, note: note)
    }
    let biased = warning(a, b)
    let kid = KernelDistance.kid.overSubsets(a, b, size: size, seed: seed, threads: threads)
    return [
      Estimate(
        try FrechetDistance.value(a, b, threads: threads), n: n,
        protocol: MetricProtocol(FrechetDistance.name, conditions + [eigenvalues]), unit: "features²", note: biased),
      estimate(
        KernelDistance.kid.name, kid.mean, unit: "k",
        note: "100 subsets of \(size), SD between them \(Estimate.short(kid.deviation))"),
      estimate(
        KernelDistance.jedi.name, KernelDistance.jedi.value(a, b, threads: threads), unit: "k × 100", note: biased),
      estimate(
        KernelDistance.cmmd.name, KernelDistance.cmmd.value(a, b, threads: threads), unit: "k × 1000", note: biased),
      estimate(EnergyDistance.name, EnergyDistance.value(a, b, threads: threads), unit: "features", note: biased),
    ]
  }

  private static func conditions(_ a: FeatureMatrix, _ b: FeatureMatrix) -> [MetricProtocol.Condition] {
    [("features", a.columns), ("n_first", a.rows), ("n_second", b.rows)].map {
      MetricProtocol.Condition($0.0, String($0.1))
    }
  }

  /// What decides the last bits of a distance that stands on eigenvalues.
  private static var eigenvalues: MetricProtocol.Condition { MetricProtocol.Condition("openblas", OpenBLAS.name) }

  /// What a reader of a biased distance must know; "" when there are clips enough.
  private static func warning(_ a: FeatureMatrix, _ b: FeatureMatrix) -> String {
    let n = min(a.rows, b.rows), enough = clipsPerFeature * a.columns
    let few =
      n < enough
      ? "small n: \(n) clips for \(a.columns) features; under \(enough) the bias is large, so compare only values of equal n"
      : ""
    let unequal = a.rows == b.rows ? "" : "the sets differ in size, and the bias of this distance depends on it"
    return [few, unequal].filter { !$0.isEmpty }.joined(separator: "; ")
  }

  /// `fd_std64` ≥ 0 ↓ : the Fréchet distance between the space-time descriptors of two sets of clips, each number first
  /// divided by its standard deviation in `reference`; a number that never changes there is left in its own unit.
  /// Cannot see: what the descriptor leaves out (colour, shape, identity). It is not FVD and does not compare with it.
  /// - Throws: `Problem` when the descriptors are so large that covariances overflow.
  public static func standardised(
    _ reference: FeatureMatrix, _ clips: FeatureMatrix, threads: Int = 1
  ) throws -> Estimate {
    precondition(
      reference.columns == SpaceTimeDescriptor.count && clips.columns == reference.columns,
      "\(reference.columns) and \(clips.columns) numbers are no descriptors")
    let scale = reference.deviations.map { $0 > 1e-6 ? 1 / $0 : 1 }
    let value = try FrechetDistance.value(reference.scaled(by: scale), clips.scaled(by: scale), threads: threads)
    let stamp = MetricProtocol("fd_std64", version: 2, conditions(reference, clips) + [eigenvalues])
    return Estimate(
      value, n: min(reference.rows, clips.rows), protocol: stamp, unit: "SD²", note: warning(reference, clips))
  }
}
