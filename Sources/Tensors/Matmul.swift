import COpenBLAS

/// Matrix products, cut into tiles whose shape depends on the problem alone: the same bits for any number of threads.
extension Compute {
  /// One single-threaded sgemm. C[M,N] ← alpha·op(A)·op(B) + beta·C; op transposes where asked.
  @inline(__always)
  package func gemm(
    _ ta: Bool, _ tb: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Float, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda),
                b, blasint(ldb), beta, c, blasint(ldc))
  }

  /// Rows a tile: enough for sgemm's own blocking, few enough for 64 tasks on a large problem.
  package static func rowGrain(_ rows: Int) -> Int { rows >= 64 * 512 ? 512 : (rows >= 2048 ? 256 : 128) }

  /// Y[M,N] ← beta·Y + X[M,K]·W[N,K]ᵀ; `finish(rows)` runs on each tile while it is in cache.
  package func product(
    _ m: Int, _ n: Int, _ k: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, transposed: Bool, _ beta: Float, _ y: UnsafeMutablePointer<Float>,
    finish: ((Range<Int>) -> Void)? = nil
  ) {
    parallel(over: m, grain: Self.rowGrain(m)) { r in
      gemm(false, transposed, r.count, n, k, 1, x + r.lowerBound * k, k, w, transposed ? k : n, beta, y + r.lowerBound * n, n)
      finish?(r)
    }
  }

  /// C[M,N] ← beta·C + A[R,M]ᵀ·B[R,N]: the weight gradient. The long sum over R is cut into runs whose partial products are
  /// added in order.
  package func outer(_ m: Int, _ n: Int, _ rows: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, accumulate: Bool, _ c: UnsafeMutablePointer<Float>) {
    let run = max(512, (rows + 15) / 16)
    let runs = (rows + run - 1) / run
    if runs <= 1 || m * n >= 512 * 512 {
      parallel(over: m, grain: m >= 512 ? 128 : max(16, (m + 7) / 8)) { r in
        gemm(true, false, r.count, n, rows, 1, a + r.lowerBound, m, b, n, accumulate ? 1 : 0, c + r.lowerBound * n, n)
      }
      return
    }
    let partial = scratch(runs * m * n)
    parallel(runs) { i, _ in
      let from = i * run, count = min(run, rows - from)
      gemm(true, false, m, n, count, 1, a + from * m, m, b + from * n, n, 0, partial.base + i * m * n, n)
    }
    sumPartials(runs, m * n, partial.base, accumulate: accumulate, c)
  }

  /// out[n] ← Σ_i partial[i, n], in order of i.
  package func sumPartials(_ runs: Int, _ n: Int, _ partial: UnsafePointer<Float>, accumulate: Bool, _ out: UnsafeMutablePointer<Float>) {
    parallel(over: n, grain: 1 << 14) { r in
      let to = out + r.lowerBound
      if accumulate { kernels.add(r.count, to, partial + r.lowerBound, to) } else { to.update(from: partial + r.lowerBound, count: r.count) }
      for i in 1..<max(1, runs) { kernels.add(r.count, to, partial + i * n + r.lowerBound, to) }
    }
  }

  /// out[D] ← Σ rows of x [rows, D].
  package func columnSum(_ rows: Int, _ d: Int, _ x: UnsafePointer<Float>, accumulate: Bool, _ out: UnsafeMutablePointer<Float>) {
    let grain = 256
    let runs = max(1, (rows + grain - 1) / grain)
    let partial = scratch(runs * d)
    parallel(runs) { i, _ in kernels.column_sum(min(grain, rows - i * grain), d, x + i * grain * d, partial.base + i * d) }
    sumPartials(runs, d, partial.base, accumulate: accumulate, out)
  }
}
