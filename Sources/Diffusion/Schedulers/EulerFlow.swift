import Tensors

/// Euler's method along dx/dσ = v (Esser et al. 2024, §3), as diffusers' `FlowMatchEulerDiscreteScheduler` has it.
///
/// The levels between the first and the last of the training's (1 and 1/N, shifted) are evenly spaced and shifted once
/// more, so the last before 0 is 1/N shifted twice. Timesteps are N·σ, not whole.
public struct EulerFlow: FlowScheduler {
  public let timesteps: [Float], sigmas: [Float]

  /// - Parameters:
  ///   - steps: 1 or more.
  ///   - shift: s in σ·s/(1+(s−1)σ).
  ///   - levels: N, of the training.
  public init(steps: Int, shift: Double, levels: Int = 1000) {
    precondition(steps > 0 && levels > 0)
    // The ends are single-precision numbers there, and what lies between them is not.
    let s = Float(shift), n = Float(levels)
    func end(_ level: Float) -> Double {
      let sigma = level / n
      return Double(s * sigma / (1 + Float(shift - 1) * sigma))
    }
    let first = end(n) * Double(levels), last = end(1) * Double(levels)
    let evenly = (0..<steps).map { i in
      i == steps - 1 && steps > 1 ? last : Double(i) * ((last - first) / Double(max(1, steps - 1))) + first
    }
    let rounded = evenly.map { Float(FlowSchedule.shifted($0 / Double(levels), by: shift)) }
    sigmas = rounded + [0]
    timesteps = rounded.map { $0 * n }
  }

  public mutating func step(_ output: Tensor, at i: Int, _ sample: Tensor) -> Tensor {
    .sum([(1, sample), (Double(sigmas[i + 1]) - Double(sigmas[i]), output)])
  }
}
