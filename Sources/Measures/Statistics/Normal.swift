import Foundation

/// The standard normal distribution.
enum Normal {
  static func distribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  /// Inverse by bisection: slow, plain, right to the last bits; it is called four times an interval.
  static func quantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1, "no quantile at \(p)")
    var low = -40.0, high = 40.0
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if distribution(middle) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
