import Measures

/// Whether a model stands still (docs/BENCH.md, "What it does not say"): a clip that hardly moves wins on consistency
/// and flicker.
package enum StaticBias {
  /// Length of the objects' path over the true one.
  package static let metric = PhysicsMetrics.motionRatio.name

  package static let limit = 0.5

  package static func isSeen(_ ratio: Estimate?) -> Bool { ratio.map { $0.value < limit } ?? false }
}
