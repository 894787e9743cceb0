import CKernels

/// y = (m/n)∘z + b by columns, for several parts side by side      z [R…,N₁+N₂+…]  m₁ [N₁]  n₁ [N₁]  b₁ [N₁]  m₂ …  → y
/// [R…,N₁+N₂+…]
///
/// What DoRA (Liu et al. 2024, eq. 5 and §4.3) does to a layer: z is x·(W + s·B·A)ᵀ, n the norms of the rows of W +
/// s·B·A, m what they are to be. n counts as a constant. z is f32.
public struct Magnitude: Op {
  /// The type of y.
  public let result: ElementType
  public init(as result: ElementType = .f32) { self.result = result }

  public static let name = "Magnitude"
  public func isDifferentiable(_ input: Int) -> Bool { input == 0 || (input - 1) % 3 != 1 }
  public func flops(_ x: [Shape]) -> Double { 2 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count > 1 && x.count % 3 == 1, "magnitude: z, then lengths, norms and biases in threes, not \(x)")
    var width = 0
    for i in stride(from: 1, to: x.count, by: 3) {
      let count = x[i].count
      precondition(x[i + 1].count == count && x[i + 2].count == count, "magnitude: \(x[i]), \(x[i + 1]), \(x[i + 2])")
      width += count
    }
    precondition(width == x[0].width, "magnitude: \(x[0]) in parts of \(width)")
    return (x[0], [])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  private static let grain = 64

  /// m/n, and b, of all columns.
  private func columns(_ x: [Tensor]) -> (gain: Buffer, bias: Buffer) {
    let c = x[0].compute, width = x[0].shape.width, gain = c.scratch(width), bias = c.scratch(width)
    var at = 0
    for i in stride(from: 1, to: x.count, by: 3) {
      let (m, n, b) = (x[i].pointer, x[i + 1].pointer, x[i + 2].pointer), count = x[i].count
      for j in 0..<count {
        gain.base[at + j] = m[j] / n[j]
        bias.base[at + j] = b[j]
      }
      at += count
    }
    return (gain, bias)
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, width = y.shape.width, rows = y.shape.rows, (gains, biases) = columns(x),
      (gain, bias, from) = (gains.base, biases.base, x[0].pointer)
    let kernels = y.kernels, to = y.raw, size = y.type.size, room = c.scratch(c.threads * width), rooms = room.base
    c.parallel((rows + Self.grain - 1) / Self.grain) { task, worker in
      let row = rooms + worker * width
      for r in task * Self.grain..<min(rows, (task + 1) * Self.grain) {
        let z = from + r * width
        for j in 0..<width { row[j] = gain[j] * z[j] + bias[j] }
        kernels.round_rows(1, width, row, width, to + r * width * size, width, 0)
      }
    }
    withExtendedLifetime((gains, biases, room)) {}
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, width = y.shape.width, rows = y.shape.rows, dy = dy.widened, slope = dy.pointer,
      from = x[0].pointer, (gains, biases) = columns(x), gain = gains.base
    let runs = (rows + Self.grain - 1) / Self.grain, wide = c.scratch(runs * width), plain = c.scratch(runs * width),
      (products, sums) = (wide.base, plain.base)
    let input = dx[0]?.open(), to = input?.tensor.pointer, accumulate = input?.accumulate == true
    c.parallel(runs) { run, _ in
      let (p, s) = (products + run * width, sums + run * width)
      for j in 0..<width { (p[j], s[j]) = (0, 0) }
      for r in run * Self.grain..<min(rows, (run + 1) * Self.grain) {
        let (d, z) = (slope + r * width, from + r * width)
        for j in 0..<width {
          p[j] += d[j] * z[j]
          s[j] += d[j]
        }
        guard let out = to.map({ $0 + r * width }) else { continue }
        for j in 0..<width { out[j] = (accumulate ? out[j] : 0) + gain[j] * d[j] }
      }
    }
    for run in 1..<max(1, runs) {
      for j in 0..<width {
        products[j] += products[run * width + j]
        sums[j] += sums[run * width + j]
      }
    }
    var at = 0
    for i in stride(from: 1, to: x.count, by: 3) {
      let count = x[i].count, n = x[i + 1].pointer
      if let (t, accumulate) = dx[i]?.open() {
        for j in 0..<count { t.pointer[j] = (accumulate ? t.pointer[j] : 0) + products[at + j] / n[j] }
      }
      if let (t, accumulate) = dx[i + 2]?.open() {
        for j in 0..<count { t.pointer[j] = (accumulate ? t.pointer[j] : 0) + sums[at + j] }
      }
      at += count
    }
    withExtendedLifetime((gains, biases, wide, plain, dy)) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let width = x[0].shape.width
    var y = x[0], at = 0
    for i in stride(from: 1, to: x.count, by: 3) {
      for j in 0..<x[i].shape.count {
        for r in 0..<x[0].shape.rows {
          let e = r * width + at + j
          y.values[e] = x[i].values[j] / x[i + 1].values[j] * x[0].values[e] + x[i + 2].values[j]
        }
      }
      at += x[i].shape.count
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", Magnitude(), [[2, 3, 5], [5], [5], [5]], fixed: [2: [1, 2, 0.5, 3, 1.5]]),
      OpCase(
        "two parts, many rows", Magnitude(), [[150, 7], [3], [3], [3], [4], [4], [4]],
        fixed: [2: [1, 2, 0.5], 5: [3, 1, 2, 0.7]]),
    ]
  }
}
