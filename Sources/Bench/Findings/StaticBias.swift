import Measures

/// Whether a model stands still (METRICS §9): a clip that hardly moves wins on consistency and flicker.
enum StaticBias {
  /// Length of the objects' path over the true one.
  static let metric = "motion_ratio"

  static let limit = 0.5

  static func isSeen(_ ratio: Estimate?) -> Bool { ratio.map { $0.value < limit } ?? false }
}
