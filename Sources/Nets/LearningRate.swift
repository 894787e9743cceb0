import Foundation

/// Linear warm-up to `peak` at its last step, then a half cosine (Loshchilov & Hutter 2017) or a line that would reach
/// `floor`·peak one step past the end, or constant.
public struct LearningRate: Sendable, Equatable {
  public enum Decay: String, CaseIterable, Sendable { case cosine, linear, constant }

  public var peak: Double, warmup: Int, decay: Decay, floor: Double
  public init(peak: Double, warmup: Int, decay: Decay, floor: Double) {
    (self.peak, self.warmup, self.decay, self.floor) = (peak, warmup, decay, floor)
  }

  /// The rate of step `step` (from 0) of `steps`.
  public func at(_ step: Int, of steps: Int) -> Double {
    if step < warmup { return peak * Double(step + 1) / Double(warmup) }
    let progress = min(1, Double(step - warmup) / Double(max(1, steps - warmup)))
    switch decay {
    case .constant: return peak
    case .linear: return peak * (floor + (1 - floor) * (1 - progress))
    case .cosine: return peak * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
    }
  }
}
