import CKernels
import Files
import Tensors

/// AdamW (Loshchilov & Hutter 2019) over a flat arena, with clipping by the global norm, computed as torch computes it.
public final class AdamW {
  public struct Settings: Sendable, Equatable {
    public var beta1: Float, beta2: Float, eps: Float, decay: Float
    /// How the moments are kept.
    public var moments = MomentType.f32
    public init(beta1: Float = 0.9, beta2: Float = 0.95, eps: Float = 1e-8, decay: Float = 0.01) {
      (self.beta1, self.beta2, self.eps, self.decay) = (beta1, beta2, eps, decay)
    }
  }

  public enum MomentType: String, CaseIterable, Sendable { case f32, eightBit = "8bit" }

  /// First and second moments, laid out as the parameters.
  public enum Moments {
    case floats(first: Tensor, second: Tensor)
    case bytes(ByteMoments)
  }

  public let settings: Settings
  public let moments: Moments
  private let seed: UInt64
  /// Updates made so far.
  public private(set) var updates: Int

  /// - Parameter seed: keys what moments of eight bits are rounded by.
  public init(_ parameters: Parameters, _ settings: Settings, seed: UInt64 = 0) {
    let n = parameters.count, compute = parameters.values.compute
    self.settings = settings
    self.seed = seed
    moments =
      switch settings.moments {
      case .f32: .floats(first: Tensor(zeros: [n], on: compute), second: Tensor(zeros: [n], on: compute))
      case .eightBit: .bytes(ByteMoments(n, on: compute))
      }
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
    let p = parameters.values.pointer, g = gradients.values.pointer, s = settings, grad = scale * coefficient
    switch moments {
    case .floats(let first, let second):
      let (m, v) = (first.pointer, second.pointer)
      c.parallel(over: n, grain: Self.grain) { r in
        let i = r.lowerBound
        c.kernels.adamw(
          r.count, p + i, g + i, m + i, v + i, rate, s.beta1, s.beta2, s.eps, s.decay, c1, c2, grad)
      }
    case .bytes(let bytes):
      let (m, v) = (bytes.first, bytes.second), (ms, vs) = (bytes.firstScales.pointer, bytes.secondScales.pointer)
      let update = UInt32(truncatingIfNeeded: updates), site = Random.Site.rounding.rawValue,
        key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
      // Whole blocks a task.
      c.parallel(over: n, grain: Self.grain) { r in
        let i = r.lowerBound, b = i / ByteMoments.block
        c.kernels.adamw_bytes(
          r.count, p + i, g + i, m + i, v + i, ms + b, vs + b, rate, s.beta1, s.beta2, s.eps, s.decay, c1, c2, grad,
          UInt32(b), site, update, key.0, key.1)
      }
    }
    return norm
  }

  /// Numbers a task, a multiple of what shares a scale.
  private static let grain = 1 << 15

  /// The sum of the squares, in an order that does not depend on threads.
  private func squares(_ gradient: Tensor) -> Double {
    let c = gradient.compute, n = gradient.count, grain = Self.grain
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
