import Tensors

/// Takes noise to data a step at a time, given the model's velocity v = ε − x₀ at each of its timesteps, as the
/// pipelines of the family do. What draws samples of this program's own runs is `Sampler`.
///
/// ```swift
/// var scheduler = settings.scheduler(steps: 50)
/// for (i, t) in scheduler.timesteps.enumerated() { x = scheduler.step(velocity(x, t), at: i, x) }
/// ```
public protocol FlowScheduler {
  /// What the model is given, a step each: about 1000·σ.
  var timesteps: [Float] { get }
  /// σ before each step, and 0 after the last; x_σ = (1−σ)·x₀ + σ·ε.
  var sigmas: [Float] { get }

  /// The sample after step `i`. Steps are made in order, from the first.
  /// - Parameters:
  ///   - output: the velocity the model gives at `timesteps[i]`.
  ///   - sample: what it was given, of the same shape.
  mutating func step(_ output: Tensor, at i: Int, _ sample: Tensor) -> Tensor
}

extension Tensor {
  /// Σ cₖ·xₖ, summed in Double element by element and rounded once.
  static func sum(_ terms: [(factor: Double, tensor: Tensor)]) -> Tensor {
    let first = terms[0].tensor, y = Tensor(undefined: first.shape, on: first.compute), to = y.pointer
    let factors = terms.map(\.factor), from = terms.map { UnsafePointer($0.tensor.pointer) }
    precondition(terms.allSatisfy { $0.tensor.shape == first.shape }, "\(terms.map(\.tensor.shape))")
    factors.withUnsafeBufferPointer { factors in
      from.withUnsafeBufferPointer { from in
        first.compute.parallel(over: y.count, grain: 1 << 15) { r in
          for i in r {
            var s = 0.0
            for k in 0..<factors.count { s += factors[k] * Double(from[k][i]) }
            to[i] = Float(s)
          }
        }
      }
    }
    return y
  }
}
