import COpenBLAS
import Files
import Tensors

/// The products that `perf ops` met, beside what OpenBLAS's `cblas_sgemm` takes for the same: y [rows, n] =
/// x [rows, k] · Wᵀ in f32, one thread each. Ours adds a bias on the way, which is not taken off.
struct PerfYardstick {
  struct Product: Hashable { let rows: Int, k: Int, n: Int }

  struct Row {
    let product: Product
    /// Seconds a product: ours, OpenBLAS's.
    let ours: Double, theirs: Double
    func gflops(_ seconds: Double) -> Double {
      2 * Double(product.rows) * Double(product.k) * Double(product.n) / seconds / 1e9
    }
  }

  /// OpenBLAS's name for the processor whose kernels it runs: "SkylakeX".
  let core: String
  /// Our kernels' instruction set.
  let instructions: String
  let rows: [Row]

  /// - Parameters:
  ///   - products: each is timed once, in this order.
  ///   - seconds: least time spent on each side of each.
  ///   - instructions: of our kernels; those of the measurements beside this one.
  init(_ products: [Product], seconds: Double, instructions: String) throws {
    guard let compute = Compute(threads: 1, instructions: instructions) else {
      throw Problem("the instructions are '\(instructions)'", expected: "some that this machine has")
    }
    // For the whole process; nothing here ever sets another number.
    openblas_set_num_threads(1)
    self.instructions = instructions
    core = String(cString: openblas_get_corename())
    var seen: Set<Product> = []
    rows = products.filter { seen.insert($0).inserted }.map { Self.time($0, seconds, compute) }
  }

  private static func time(_ p: Product, _ seconds: Double, _ compute: Compute) -> Row {
    let x = draw([p.rows, p.k], 5, compute), weight = draw([p.n, p.k], 6, compute),
      bias = Tensor(zeros: [p.n], on: compute)
    let ours = Stopwatch.median(seconds: seconds) { _ = Linear().apply([x, weight, bias]) }
    let a = x.values, b = weight.values, (m, n, k) = (Int32(p.rows), Int32(p.n), Int32(p.k))
    var y = [Float](repeating: 0, count: p.rows * p.n)
    let theirs = Stopwatch.median(seconds: seconds) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, 0, &y, n)
    }
    return Row(product: p, ours: ours, theirs: theirs)
  }

  private static func draw(_ shape: Shape, _ seed: UInt64, _ compute: Compute) -> Tensor {
    let tensor = Tensor(undefined: shape, on: compute)
    Random(seed: seed).fillNormal(tensor, .sample)
    return tensor
  }

  /// What OpenBLAS before 0.3.25 takes every processor for that it does not know (its issue 4267): its oldest kernels.
  private static let fallback = "Prescott"

  /// Why this is no measure of anything, where it is none.
  private var remark: String? {
    guard core == Self.fallback, instructions != "scalar" else { return nil }
    let known = instructions == "avx2" ? "Haswell" : "SkylakeX"
    return
      "OpenBLAS does not know this processor and ran its oldest kernels: no yardstick. Set OPENBLAS_CORETYPE=\(known)"
  }

  var value: Value {
    [
      "library": "OpenBLAS", "core": .string(core), "dtype": "f32", "threads": 1,
      "products": .array(
        rows.map { r in
          [
            "rows": Value(r.product.rows), "k": Value(r.product.k), "n": Value(r.product.n),
            "ms": .number(r.ours * 1e3), "openblas_ms": .number(r.theirs * 1e3),
            "ratio": .number(r.theirs / r.ours),
          ]
        }),
    ]
  }

  var text: String {
    let table = TextTable.text(
      [["product", "ms", "GFLOP/s", "OpenBLAS ms", "GFLOP/s", "theirs / ours"]]
        + rows.map { r in
          [
            "\(r.product.rows)×\(r.product.k) · \(r.product.k)×\(r.product.n)", Text.short(r.ours * 1e3),
            Text.short(r.gflops(r.ours)), Text.short(r.theirs * 1e3),
            Text.short(r.gflops(r.theirs)), Text.fixed(r.theirs / r.ours, 2) + "×",
          ]
        })
    return "the products in f32 on one thread, ours (\(instructions)) and OpenBLAS's (core \(core)):\n" + table
      + (remark.map { "\n" + $0 } ?? "")
  }
}
