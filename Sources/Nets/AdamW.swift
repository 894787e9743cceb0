import CKernels
import Files
import Tensors

/// AdamW (Loshchilov & Hutter 2019) over a flat arena, with clipping by the global norm, computed as torch computes it.
public final class AdamW {
  public struct Settings: Sendable, Equatable {
    public var beta1: Float, beta2: Float, eps: Float, decay: Float
    public init(beta1: Float = 0.9, beta2: Float = 0.95, eps: Float = 1e-8, decay: Float = 0.01) {
      (self.beta1, self.beta2, self.eps, self.decay) = (beta1, beta2, eps, decay)
    }
  }

  public let settings: Settings
  /// First and second moments, laid out as the parameters.
  public let first: Tensor
  public let second: Tensor
  /// Updates made so far.
  public private(set) var updates: Int

  public init(_ parameters: Parameters, _ settings: Settings) {
    self.settings = settings
    first = Tensor(zeros: [parameters.count], on: parameters.values.compute)
    second = Tensor(zeros: [parameters.count], on: parameters.values.compute)
    updates = 0
  }

  /// Continues where `updates` had been made; the moments are loaded by the caller.
  public func resume(updates: Int) { self.updates = updates }

  /// One update of `parameters` by `gradients`, which are theirs. The gradient is first scaled by `scale`
  /// (1/accumulation), then clipped to `clip` (0: not at all).
  /// - Returns: the gradient's norm before clipping.
  @discardableResult
  public func step(
    _ parameters: Parameters, _ gradients: Gradients, rate: Float, clip: Float, scale: Float = 1
  ) -> Float {
    precondition(gradients.values.count == parameters.count, "gradients of other parameters")
    let c = parameters.values.compute, n = parameters.count
    let norm = Float(squares(gradients.values).squareRoot()) * scale
    // torch.nn.utils.clip_grad_norm_: coefficient max_norm/(norm + 1e-6), at most 1.
    let coefficient = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
    updates += 1
    let c1 = Float(1 - power(Double(settings.beta1), updates)), c2 = Float(1 - power(Double(settings.beta2), updates))
    let (p, g, m, v) = (parameters.values, gradients.values, first, second)
    c.parallel(over: n, grain: 1 << 15) { r in
      let i = r.lowerBound
      c.kernels.adamw(
        r.count, p.pointer + i, g.pointer + i, m.pointer + i, v.pointer + i, rate, settings.beta1, settings.beta2,
        settings.eps, settings.decay,
        c1, c2, scale * coefficient)
    }
    return norm
  }

  /// The sum of the squares, in an order that does not depend on threads.
  private func squares(_ gradient: Tensor) -> Double {
    let c = gradient.compute, n = gradient.count, grain = 1 << 15
    var parts = [Double](repeating: 0, count: (n + grain - 1) / grain)
    parts.withUnsafeMutableBufferPointer { parts in
      let out = parts.baseAddress!
      c.parallel(over: n, grain: grain) { r in
        out[r.lowerBound / grain] = c.kernels.sum_squares(r.count, gradient.pointer + r.lowerBound)
      }
    }
    return parts.reduce(0, +)
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0, square = base, e = exponent
    while e > 0 {
      if e & 1 == 1 { result *= square }
      square *= square
      e >>= 1
    }
    return result
  }
}
