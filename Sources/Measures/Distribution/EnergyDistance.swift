import Foundation

/// Energy distance of two sets of features, ≥ 0 ↓, in feature units: 2 E‖x − y‖ − E‖x − x'‖ − E‖y − y'‖, every pair
/// counted, x with itself too (Székely & Rizzo, J. Statistical Planning and Inference 143, 2013). Zero only when the
/// two sets are the same distribution. Cannot see: what the features leave out. Dominated by columns of large scale, so
/// standardise where scales are arbitrary.
public enum EnergyDistance {
  public static let name = "energy_distance"

  public static func value(_ a: FeatureMatrix, _ b: FeatureMatrix, threads: Int = 1) -> Double {
    let x = GramRows(a, Array(0..<a.rows)), y = GramRows(b, Array(0..<b.rows)), n = Double(a.rows), m = Double(b.rows)
    let distance: GramRows.Pair = { product, x, y, _ in max(0, x + y - 2 * product).squareRoot() }
    return 2 * x.sum(y, threads, distance) / (n * m) - x.sum(x, threads, distance) / (n * n) - y.sum(
      y, threads, distance) / (m * m)
  }
}
