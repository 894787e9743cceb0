import CKernels

/// y = layernorm(x)·(1 + scale) + shift      x [B,T,D]  modulation [B,G,K,D]  → y [B,T,D]
///
/// adaLN (Peebles & Xie 2023, §3.2). The T tokens fall into G contiguous groups of T/G; group g of sample b uses rows
/// `shift` and `scale` of modulation[b,g]. Keeps mean and 1/σ a row.
public struct ModulatedNorm: Op {
  public let shift: Int
  public let scale: Int
  public let eps: Float
  /// The type of y; x is f32.
  public let result: ElementType
  public init(shift: Int, scale: Int, eps: Float, as result: ElementType = .f32) {
    (self.shift, self.scale, self.eps, self.result) = (shift, scale, eps, result)
  }

  public static let name = "ModulatedNorm"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 8 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].rank == 3 && x[1].rank == 4 && x[0][0] == x[1][0] && x[0][2] == x[1][3] && x[0][1] % x[1][1] == 0
        && max(shift, scale) < x[1][2],
      "modulated norm: x \(x[0]), modulation \(x[1])")
    let rows: Shape = [x[0][0], x[0][1]]
    return (x[0], [rows, rows])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result, .f32) }

  public var isCheap: Bool { true }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let kernels = y.kernels, tiles = GroupTiles(x[0].shape, x[1].shape), d = tiles.d, size = y.type.size
    let from = x[0].pointer, modulation = x[1].pointer, to = y.raw, mean = kept[0].pointer, rstd = kept[1].pointer
    y.compute.parallel(tiles.count) { i, _ in
      let t = tiles[i], m = modulation + t.group * tiles.k * d
      kernels.norm_forward(
        t.rows, d, from + t.row * d, m + scale * d, m + shift * d, 1, eps, to + t.row * d * size, mean + t.row,
        rstd + t.row)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, kernels = y.kernels, tiles = GroupTiles(x[0].shape, x[1].shape), d = tiles.d, size = dy.type.size
    let input = dx[0]?.open(), partial = c.scratch(tiles.count * 2 * d)
    let from = x[0].pointer, modulation = x[1].pointer, slope = dy.raw, mean = kept[0].pointer, rstd = kept[1].pointer,
      sums = partial.base
    let to = input?.tensor.pointer, accumulate: Int32 = input?.accumulate == true ? 1 : 0
    c.parallel(tiles.count) { i, _ in
      let t = tiles[i], m = modulation + t.group * tiles.k * d
      kernels.norm_backward(
        t.rows, d, from + t.row * d, m + scale * d, 1, mean + t.row, rstd + t.row, slope + t.row * d * size,
        to.map { $0 + t.row * d }, accumulate,
        sums + i * 2 * d, sums + (i * 2 + 1) * d)
    }
    defer { withExtendedLifetime(partial) {} }
    guard let modulation = dx[1]?.openZeroed() else { return }
    tiles.gather(c, partial.base, parts: [scale, shift], into: modulation.pointer)
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, t, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]), per = t / x[1].shape[1]
    var y = Oracle(zeros: x[0].shape)
    for i in 0..<b {
      for j in 0..<t {
        let row = (0..<d).map { x[0][i, j, $0] }
        let mean = row.reduce(0, +) / Double(d)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(d)
        for e in 0..<d {
          y[i, j, e] =
            (row[e] - mean) / (variance + Double(eps)).squareRoot() * (1 + x[1][i, j / per, scale, e])
            + x[1][i, j / per, shift, e]
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("one group", ModulatedNorm(shift: 0, scale: 1, eps: 1e-6), [[2, 5, 9], [2, 1, 2, 9]]),
      OpCase("groups", ModulatedNorm(shift: 3, scale: 4, eps: 1e-6), [[2, 6, 7], [2, 3, 6, 7]]),
      OpCase("long groups", ModulatedNorm(shift: 0, scale: 1, eps: 1e-6), [[1, 300, 8], [1, 1, 2, 8]]),
    ]
  }
}

/// Tiles of rows that never cross a modulation group: at most 64 rows each.
struct GroupTiles {
  static let most = 64
  let d: Int, k: Int, groups: Int, rowsPerGroup: Int, perGroup: Int

  /// - Parameters: x [B,T,D]; modulation [B,G,K,D].
  init(_ x: Shape, _ modulation: Shape) {
    d = x[2]
    k = modulation[2]
    groups = modulation[0] * modulation[1]
    rowsPerGroup = x[1] / modulation[1]
    perGroup = (rowsPerGroup + Self.most - 1) / Self.most
  }

  var count: Int { groups * perGroup }

  subscript(i: Int) -> (group: Int, row: Int, rows: Int) {
    let group = i / perGroup, first = i % perGroup * Self.most
    return (group, group * rowsPerGroup + first, min(Self.most, rowsPerGroup - first))
  }

  /// Adds the tiles' partial sums [tile, parts, D] to rows `parts` of a modulation gradient [groups, K, D].
  func gather(_ c: Compute, _ partial: UnsafePointer<Float>, parts: [Int], into gradient: UnsafeMutablePointer<Float>) {
    let kernels = c.f32
    c.parallel(groups) { g, _ in
      for (p, part) in parts.enumerated() {
        let to = gradient + (g * k + part) * d
        for i in g * perGroup..<(g + 1) * perGroup { kernels.add(d, to, partial + (i * parts.count + p) * d, to) }
      }
    }
  }
}
