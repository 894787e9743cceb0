import COpenBLAS
import Tensors
import Testing

/// The f32 products against OpenBLAS's `cblas_sgemm`: forward, a weight's gradient and an input's are the three ways in
/// which operands lie.
@Suite struct ProductsOracleTests {
  /// Rows, k, n of x [rows, k] · Wᵀ, W [n, k]: single numbers, primes, on and just off the register tile of 14 × 32,
  /// more rows and longer sums than a task takes at once.
  static let shapes = [
    [1, 1, 1], [1, 7, 1], [2, 3, 5], [13, 31, 33], [14, 32, 32], [15, 64, 31], [17, 1, 129], [29, 257, 65],
    [1, 1031, 67], [97, 5, 1], [131, 384, 96], [300, 100, 257], [61, 2048, 43],
    [512, 127, 384], [1100, 33, 70],
  ]

  /// op(a) [m, k] · op(b) [k, n], both row-major as they lie.
  static func sgemm(
    _ a: [Float], turned turnA: Bool, _ b: [Float], turned turnB: Bool, _ m: Int, _ n: Int, _ k: Int
  ) -> [Float] {
    openblas_set_num_threads(1)
    var y = [Float](repeating: .nan, count: m * n)
    cblas_sgemm(
      CblasRowMajor, turnA ? CblasTrans : CblasNoTrans, turnB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k),
      1, a, Int32(turnA ? m : k), b, Int32(turnB ? k : n), 0, &y, Int32(n))
    return y
  }

  /// Both sum k products in f32, each in an order of its own, so they differ by at most two sums' errors:
  /// 2 · 4 √k · 2⁻²⁴ · Σ|a||b|, where 4 √k instead of k is what chance makes of roundings (Higham & Mary, SIAM J. Sci.
  /// Comput. 41, 2019). The sizes Σ|a||b| are sgemm's too.
  static func agree(
    _ ours: [Float], _ a: [Float], turned turnA: Bool, _ b: [Float], turned turnB: Bool, _ m: Int, _ n: Int, _ k: Int
  ) -> Bool {
    let theirs = sgemm(a, turned: turnA, b, turned: turnB, m, n, k),
      sizes = sgemm(a.map(abs), turned: turnA, b.map(abs), turned: turnB, m, n, k)
    let unit = 8 * Float(k).squareRoot() * 0x1p-24
    return ours.count == theirs.count && theirs.indices.allSatisfy { abs(ours[$0] - theirs[$0]) <= unit * sizes[$0] }
  }

  @Test(arguments: Compute.available) func productsAreOpenBLASs(isa: String) throws {
    let compute = try #require(Compute(threads: 2, instructions: isa))
    compute.poisonMemory(.nan)
    for shape in Self.shapes {
      let (rows, k, n) = (shape[0], shape[1], shape[2])
      func draw(_ count: Int, _ lane: Int) -> [Float] {
        (0..<count).map { Float(Random(seed: 13, lane: lane).normal($0, .sample)) }
      }
      let x = draw(rows * k, 0), weight = draw(n * k, 1), dy = draw(rows * n, 2), tape = Tape()
      let leaves = [
        Leaf(gradient: Tensor(undefined: [rows, k], on: compute)),
        Leaf(gradient: Tensor(undefined: [n, k], on: compute)),
      ]
      let y = Linear()(
        tape.leaf(Tensor(x, [rows, k], on: compute), gradient: leaves[0]),
        tape.leaf(Tensor(weight, [n, k], on: compute), gradient: leaves[1]),
        Tensor(zeros: [n], on: compute))
      let forward = y.values
      tape.backward(y, seed: Tensor(dy, [rows, n], on: compute))
      #expect(Self.agree(forward, x, turned: false, weight, turned: true, rows, n, k), "x·Wᵀ, \(shape) on \(isa)")
      #expect(
        Self.agree(leaves[0].gradient.values, dy, turned: false, weight, turned: false, rows, k, n),
        "dy·W, \(shape) on \(isa)")
      #expect(
        Self.agree(leaves[1].gradient.values, dy, turned: true, x, turned: false, n, k, rows),
        "dyᵀ·x, \(shape) on \(isa)")
    }
  }

  /// The tolerance sees one product missing from a sum, and one number in the wrong place.
  @Test func theToleranceCanFail() {
    let (m, n, k) = (5, 6, 2048)
    func draw(_ count: Int, _ lane: Int) -> [Float] {
      (0..<count).map { Float(Random(seed: 17, lane: lane).normal($0, .sample)) }
    }
    let a = draw(m * k, 0), b = draw(k * n, 1), right = Self.sgemm(a, turned: false, b, turned: false, m, n, k)
    var short = a
    for row in 0..<m { short[row * k + k - 1] = 0 }
    #expect(
      !Self.agree(
        Self.sgemm(short, turned: false, b, turned: false, m, n, k), a, turned: false, b, turned: false, m, n, k))
    var swapped = right
    swapped.swapAt(3, 4)
    #expect(!Self.agree(swapped, a, turned: false, b, turned: false, m, n, k))
  }
}
