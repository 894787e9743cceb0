import CKernels

/// Counter-based randomness (Philox 4x32-10, Salmon et al. 2011): a draw is a pure function of seed, step and site, so
/// a resumed or recomputed step draws the same numbers. There is no state to save.
public struct Random: Sendable {
  /// What a draw is for. Different sites never share a counter.
  public enum Site: UInt32, Sendable {
    case initial = 1, order, noise, level, prefix, caption, sample, window, evaluation, mixture, dropout, picture,
      rounding, action, actionClip
  }

  public let seed: UInt64
  public let step: UInt32
  public let lane: UInt32
  /// - Parameter lane: separates draws of one step and site, such as micro-batches or instances.
  public init(seed: UInt64, step: Int = 0, lane: Int = 0) {
    self.seed = seed
    self.step = UInt32(truncatingIfNeeded: step)
    self.lane = UInt32(truncatingIfNeeded: lane)
  }

  private var key: (UInt32, UInt32) { (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)) }

  /// Fills `out` with standard normals.
  public func fillNormal(_ out: Tensor, _ site: Site) {
    let c = out.compute, (k0, k1) = key, to = out.pointer
    c.parallel(over: out.count, grain: 1 << 14) { r in
      c.kernels.normals(r.count, UInt32(r.lowerBound / 4), site.rawValue, step, lane, k0, k1, to + r.lowerBound)
    }
  }

  /// Four independent 32-bit words for `index`.
  public func words(_ index: Int, _ site: Site) -> (UInt32, UInt32, UInt32, UInt32) {
    // Ten numbers on the stack: arrays would be allocated for every draw.
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 10) { room in
      let counter = room.baseAddress!, key = counter + 4, out = key + 2
      (counter[0], counter[1], counter[2], counter[3]) = (UInt32(truncatingIfNeeded: index), site.rawValue, step, lane)
      (key[0], key[1]) = self.key
      ok_philox(counter, key, out)
      return (out[0], out[1], out[2], out[3])
    }
  }

  /// Uniform in [0, 1), 53 bits.
  public func uniform(_ index: Int, _ site: Site) -> Double {
    let w = words(index, site)
    return Double((UInt64(w.0) << 21) ^ UInt64(w.1 >> 11)) * 0x1p-53
  }

  /// A standard normal (Box & Muller 1958) in Double.
  public func normal(_ index: Int, _ site: Site) -> Double {
    let w = words(index, site)
    let u = (Double(w.0) + 1) * 0x1p-32, v = Double(w.1) * 0x1p-32
    return (-2 * logarithm(u)).squareRoot() * cosineTurn(v)
  }

  /// An integer in 0..<bound, unbiased to 2⁻³².
  public func integer(_ index: Int, below bound: Int, _ site: Site) -> Int {
    let w = words(index, site)
    let wide = (UInt64(w.0) << 32 | UInt64(w.1)).multipliedFullWidth(by: UInt64(bound))
    return Int(wide.high)
  }

  /// A permutation of 0..<count (Fisher & Yates).
  public func permutation(_ count: Int, _ site: Site) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, integer(i, below: i + 1, site)) }
    return order
  }
}

extension Random {
  /// The bare generator, for its known-answer test.
  package func rawWords(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var out: [UInt32] = [0, 0, 0, 0]
    ok_philox(counter, key, &out)
    return out
  }
}
