/// The Physics-IQ benchmark's four comparisons of where, when, how much and how two clips move, and its two scores
/// (Motamed et al. 2025; *Verified* is the 2026 revision). Their numbers must never share a column.
///
/// Cannot see: anything that moves too faintly for `MotionMask`, what moves (only where), or colour but for the squared
/// error, which in the original score is nearly inert.
public enum PhysicsIQ {
  /// Of two clips with motion masks M, N: all in [0, 1]; the first three ↑, `squaredError` ↓.
  public struct Components: Sendable, Equatable {
    /// IoU of ∪ₜ M and ∪ₜ N; two empty ones give 1.
    public var spatial: Double
    /// Mean over t of IoU(Mₜ, Nₜ); two empty ones give 1, so the first frame always does.
    public var spatiotemporal: Double
    /// Σ min(m, n) / Σ max(m, n), m and n the masks' means over time; two empty ones give 1.
    public var weighted: Double
    /// Mean squared difference of pixels on [0, 1].
    public var squaredError: Double

    public init(spatial: Double, spatiotemporal: Double, weighted: Double, squaredError: Double) {
      (self.spatial, self.spatiotemporal, self.weighted, self.squaredError) = (
        spatial, spatiotemporal, weighted, squaredError
      )
    }
  }

  /// One view of one scenario: the model against the first take, and the second take against the first ("physical
  /// variance").
  public struct Sample: Sendable, Equatable {
    public var model, variance: Components
    public init(model: Components, variance: Components) { (self.model, self.variance) = (model, variance) }
  }

  /// The original score, [0, 100] ↑: 100·clip(⅓ [ST/STᵥ + S/Sᵥ + W/Wᵥ] − (MSE − MSEᵥ), 0, 1), every term first averaged
  /// over all samples. Ratios are not clipped, so easy scenes make up for hard ones.
  public static func original(_ samples: [Sample]) -> Double { 100 * min(max(originalRaw(samples), 0), 1) }

  /// The same before clipping and scaling.
  static func originalRaw(_ samples: [Sample]) -> Double {
    func mean(_ pick: (Sample) -> Double) -> Double { samples.reduce(0) { $0 + pick($1) } / Double(samples.count) }
    func ratio(_ part: KeyPath<Components, Double>) -> Double {
      mean { $0.model[keyPath: part] } / max(mean { $0.variance[keyPath: part] }, .leastNormalMagnitude)
    }
    return (ratio(\.spatiotemporal) + ratio(\.spatial) + ratio(\.weighted)) / 3
      - (mean(\.model.squaredError) - mean(\.variance.squaredError))
  }

  /// The Verified score, [0, 1] ↑: mean over samples of ¼ [c(S/Sᵥ) + c(ST/STᵥ) + c(W/Wᵥ) + c((MSEᵥ + ε)/MSE)], c
  /// clipping to [0, 1], ε = 10⁻⁸.
  public static func verified(_ samples: [Sample]) -> Double {
    samples.reduce(0) { $0 + verified($1) } / Double(samples.count)
  }

  static func verified(_ sample: Sample) -> Double {
    func share(_ value: Double, _ limit: Double) -> Double { limit > 0 ? min(max(value / limit, 0), 1) : 1 }
    let (m, v) = (sample.model, sample.variance)
    return
      (share(m.spatial, v.spatial) + share(m.spatiotemporal, v.spatiotemporal) + share(m.weighted, v.weighted)
      + share(v.squaredError + 1e-8, m.squaredError)) / 4
  }
}
