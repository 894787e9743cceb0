import CKernels

/// y = x∘mask/(1 − p)      x f32 or bf16 → y of its type (Srivastava et al. 2014)
///
/// An element is left out with probability p, to 1/65,536. Which ones is a function of `random` and of the element's
/// place, so a step that is resumed or run again leaves out the same.
public struct Dropout: Op {
  public let rate: Double
  public let random: Random
  /// - Parameter rate: p, in 0..<1.
  public init(_ rate: Double, _ random: Random) { (self.rate, self.random) = (rate, random) }

  public static let name = "Dropout"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(x[0].count) }
  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) { (x[0], []) }
  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], .f32) }
  public var reads: BackwardReads { [] }
  public var isCheap: Bool { true }

  private static let grain = 1 << 12
  private var threshold: UInt32 { UInt32((rate * 65536).rounded()) }
  private var gain: Float { 1 / (1 - Float(threshold) / 65536) }

  /// Multiplies elements from `start` on, a multiple of eight, by what the mask has for them.
  private func mask(_ values: UnsafeMutablePointer<Float>, from start: Int, _ count: Int) {
    let threshold = threshold, gain = gain
    for first in stride(from: 0, to: count, by: 8) {
      let w = random.words((start + first) / 8, .dropout)
      for i in first..<min(count, first + 8) {
        let k = i - first, word = k < 2 ? w.0 : k < 4 ? w.1 : k < 6 ? w.2 : w.3
        values[i] = (k % 2 == 0 ? word & 0xFFFF : word >> 16) < threshold ? 0 : gain * values[i]
      }
    }
  }

  /// to ←(acc) from, masked.
  private func masked(_ from: Tensor, _ to: Tensor, accumulate: Bool) {
    let c = from.compute, n = from.count, room = c.scratch(c.threads * Self.grain), rooms = room.base,
      (source, target) = (from.kernels, to.kernels), (p, q) = (from.raw, to.raw),
      (sizeP, sizeQ) = (from.type.size, to.type.size)
    c.parallel((n + Self.grain - 1) / Self.grain) { task, worker in
      let at = task * Self.grain, count = min(Self.grain, n - at), part = rooms + worker * Self.grain
      source.widen_rows(1, count, p + at * sizeP, count, part, count)
      mask(part, from: at, count)
      target.round_rows(1, count, part, count, q + at * sizeQ, count, accumulate ? 1 : 0)
    }
    withExtendedLifetime(room) {}
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) { masked(x[0], y, accumulate: false) }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    masked(dy, t, accumulate: accumulate)
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    var y = x[0]
    let rate = Double(threshold) / 65536
    for i in y.values.indices {
      let w = random.words(i / 8, .dropout), words = [w.0, w.1, w.2, w.3],
        half = words[i % 8 / 2] >> (i % 2 == 0 ? 0 : 16)
      y.values[i] = half & 0xFFFF < threshold ? 0 : y.values[i] / (1 - rate)
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("a third", Dropout(0.33, Random(seed: 4, step: 7, lane: 2)), [[3, 37]]),
      OpCase("several tasks", Dropout(0.1, Random(seed: 4)), [[9, 1001]]),
    ]
  }
}
