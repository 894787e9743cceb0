import CKernels

/// Matrix products (CKernels/products.inc): the right operand packed, the left one as it lies where that will do. How
/// they are cut into tasks depends on the problem alone, and every element of a result is one sum in one order: the
/// same bits for any number of threads.
struct Products {
  let compute: Compute
  let type: ElementType
  let kernels: ok_operand

  init(_ compute: Compute, _ type: ElementType) {
    self.compute = compute
    self.type = type
    kernels = compute.operand(type)
  }

  /// An operand in panels: `rows` rows of `words` words each.
  struct Packed {
    let buffer: Buffer
    let rows: Int, words: Int
    var base: UnsafeMutablePointer<Float> { buffer.base }
  }

  /// A matrix in memory: element (row, k of the sum) at row·ld + k, or at k·ld + row when `columns`.
  struct Source {
    let at: UnsafeRawPointer
    let type: ElementType
    let ld: Int
    let columns: Bool

    init(_ at: UnsafeRawPointer, _ type: ElementType, ld: Int, columns: Bool = false) {
      (self.at, self.type, self.ld, self.columns) = (at, type, ld, columns)
    }
    init(_ tensor: Tensor, ld: Int, columns: Bool = false) {
      self.init(tensor.raw, tensor.type, ld: ld, columns: columns)
    }
  }

  func words(_ k: Int) -> Int { (k + Int(kernels.pair) - 1) / Int(kernels.pair) }

  /// Rows a task: two panels of the left operand, at most.
  var rowsPerTask: Int { 2 * Int(kernels.mr) }
  /// Two panels, or one where threads would otherwise end far apart.
  private func grain(_ rows: Int) -> Int { rows < 64 * rowsPerTask ? Int(kernels.mr) : rowsPerTask }
  /// Panels of a right operand that a task packs: side by side, as a row of the source has them together.
  private func panelsPerTask(_ panels: Int) -> Int { max(1, min(4, panels / 8)) }
  /// Words of a sum taken at a time, when it may be taken in parts: both panels stay in the second-level cache.
  static let sumBlock = 2048

  /// Packs the right operand: `sources` follow one another along the sum, `k` elements each.
  func right(rows: Int, _ sources: [(source: Source, k: Int)]) -> Packed {
    let panel = Int(kernels.nr), total = sources.reduce(0) { $0 + words($1.k) }, panels = (rows + panel - 1) / panel
    precondition(
      sources.count == 1 || sources.allSatisfy { $0.k % Int(kernels.pair) == 0 }, "sums of \(type) join at even lengths"
    )
    let packed = Packed(buffer: compute.scratch(panels * total * panel), rows: rows, words: total)
    compute.parallel(over: panels, grain: panelsPerTask(panels)) { r in
      let from = r.lowerBound * panel
      var first = 0
      for (source, k) in sources {
        pack(
          source, from: from, count: min(r.count * panel, rows - from), k, width: panel, packed.base + from * total,
          first, total)
        first += words(k)
      }
    }
    return packed
  }

  /// Rows of a left operand: packed panels, or rows as they are stored, `step` elements apart.
  struct Left {
    let at: UnsafeRawPointer
    let rows: Int, words: Int, step: Int
    let stored: Bool
  }

  /// Rows from ..< from+count of a left operand, for the task that is about to use them: where they lie, when that will
  /// do, else rounded or packed into `room`.
  func left(_ source: Source, from: Int, count: Int, k: Int, into room: UnsafeMutablePointer<Float>) -> Left {
    if !source.columns, count >= Int(kernels.mr), k % Int(kernels.pair) == 0 {
      let at = source.at + from * source.ld * source.type.size
      if source.type == type { return Left(at: at, rows: count, words: words(k), step: source.ld, stored: true) }
      kernels.round_rows(count, k, at.assumingMemoryBound(to: Float.self), source.ld, room, k, 0)
      return Left(at: room, rows: count, words: words(k), step: k, stored: true)
    }
    pack(source, from: from, count: count, k, width: Int(kernels.mr), room, 0, words(k))
    return Left(at: room, rows: count, words: words(k), step: words(k), stored: false)
  }

  private func pack(
    _ s: Source, from: Int, count: Int, _ k: Int, width: Int, _ to: UnsafeMutablePointer<Float>, _ first: Int,
    _ total: Int,
    _ sums: UnsafeMutablePointer<Float>? = nil
  ) {
    if s.columns {
      kernels.pack_columns(width, count, k, s.at + from * s.type.size, s.type.code, s.ld, to, first, total, sums)
    } else {
      precondition(first == 0 && total == words(k), "rows are packed whole")
      kernels.pack_rows(width, count, k, s.at + from * s.ld * s.type.size, s.type.code, s.ld, to)
    }
  }

  /// Runs `body(rows, room)` for every run of at most `rowsPerTask` rows; `room` holds `floats` floats of this worker's
  /// own.
  func tasks(rows: Int, room floats: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
    let size = (floats + 15) / 16 * 16, room = compute.scratch(compute.threads * size), grain = grain(rows)
    compute.parallel((rows + grain - 1) / grain) { i, worker in
      body(i * grain..<min(rows, (i + 1) * grain), room.base + worker * size)
    }
  }

  /// Y[rows, Σ n] ← X · W₁ᵀ | W₂ᵀ | …: each weight's product is finished as its `out` says, which is at its first row.
  func multiply(rows: Int, k: Int, _ x: Source, _ weights: [Packed], _ out: [ok_out]) {
    let words = words(k)
    // A few rows are cut along the columns instead, so that all threads have work.
    let grain = grain(rows), strips = rows > 8 * rowsPerTask ? 1 : 8, size = (words * grain + 15) / 16 * 16,
      room = compute.scratch(compute.threads * size)
    compute.parallel((rows + grain - 1) / grain * strips) { i, worker in
      let r = i / strips * grain..<min(rows, (i / strips + 1) * grain), a = room.base + worker * size
      let left = left(x, from: r.lowerBound, count: r.count, k: k, into: a)
      for (w, weight) in weights.enumerated() {
        let panels = (weight.rows + Int(kernels.nr) - 1) / Int(kernels.nr),
          per = (panels + strips - 1) / strips * Int(kernels.nr)
        let from = min(weight.rows, i % strips * per), n = min(per, weight.rows - from)
        guard n > 0 else { continue }
        tile(left, n, weight.base + from * weight.words, shifted(out[w], rows: r.lowerBound, columns: from))
      }
    }
  }

  /// dW [outputs, b.rows] ←(accumulate) dyᵀ · b, f32, where dy is given as columns of `k` elements: a weight's
  /// gradient, the sum in blocks. A task packs the columns it needs. `sums`, when given, receives each output's sum
  /// over k, its bias's gradient.
  func gradient(
    of dy: Source, outputs: Int, k: Int, _ b: Packed, into c: UnsafeMutablePointer<Float>?, accumulate: Bool,
    sums: UnsafeMutablePointer<Float>?
  ) {
    // Few outputs are cut along the columns too, so that all threads have work; each strip packs dy again, so no more
    // than it takes.
    let grain = rowsPerTask, n = c == nil ? 0 : b.rows, strips = n == 0 ? 1 : (8 * grain + outputs - 1) / outputs,
      panels = (n + Int(kernels.nr) - 1) / Int(kernels.nr)
    let per = (panels + strips - 1) / strips * Int(kernels.nr), total = words(k),
      block = max(1, min(total, Self.sumBlock))
    let size = (block * grain + grain + 15) / 16 * 16, room = compute.scratch(compute.threads * size)
    compute.parallel((outputs + grain - 1) / grain * strips) { i, worker in
      let from = i / strips * grain, count = min(grain, outputs - from), column = min(n, i % strips * per),
        columns = min(per, n - column), first = i % strips == 0
      guard columns > 0 || first else { return }
      let part = room.base + worker * size, a = part + grain
      for word in stride(from: 0, to: max(1, total), by: block) {
        let at = word * Int(kernels.pair), words = min(block, total - word)
        pack(
          Source(dy.at + at * dy.ld * dy.type.size, dy.type, ld: dy.ld, columns: true), from: from, count: count,
          min(k - at, words * Int(kernels.pair)), width: Int(kernels.mr), a, 0, words,
          first && sums != nil ? part : nil)
        if first, let sums { for r in 0..<count { sums[from + r] = word == 0 ? part[r] : sums[from + r] + part[r] } }
        guard let c, columns > 0 else { continue }
        var out = ok_out(
          y: c + from * n + column, ld: n, type: ElementType.f32.code, acc: accumulate || word > 0 ? 1 : 0, bias: nil,
          act: 0, slope: 0, pre: nil)
        kernels.tile(
          count, columns, words, a, words, 0, b.base + column * b.words + word * Int(kernels.nr), b.words, &out)
      }
    }
  }

  /// The product of `a` and the `n` packed rows at `b`, as long as a's.
  func tile(_ a: Left, _ n: Int, _ b: UnsafePointer<Float>, _ out: ok_out) {
    var out = out
    kernels.tile(a.rows, n, a.words, a.at, a.step, a.stored ? 1 : 0, b, a.words, &out)
  }

  /// `out` at a later corner.
  func shifted(_ out: ok_out, rows: Int, columns: Int = 0) -> ok_out {
    var out = out
    let by = rows * out.ld + columns
    out.y += by * (out.type == ElementType.bf16.code ? 2 : 4)
    out.bias = out.bias.map { $0 + columns }
    out.pre = out.pre.map { $0 + by * type.size }
    return out
  }
}

extension ok_out {
  /// `y` [rows, ld] from a column on.
  init(_ y: Tensor, column: Int = 0, accumulate: Bool = false, bias: UnsafePointer<Float>? = nil) {
    self.init(
      y: y.raw + column * y.type.size, ld: y.shape.width, type: y.type.code, acc: accumulate ? 1 : 0, bias: bias,
      act: 0, slope: 0, pre: nil)
  }
}

extension Compute {
  /// out[n] ← Σ_i partial[i, n], in order of i.
  package func sumPartials(
    _ runs: Int, _ n: Int, _ partial: UnsafePointer<Float>, accumulate: Bool, _ out: UnsafeMutablePointer<Float>
  ) {
    parallel(over: n, grain: 1 << 12) { r in
      let to = out + r.lowerBound
      if !accumulate { to.update(from: partial + r.lowerBound, count: r.count) }
      for i in (accumulate ? 0 : 1)..<max(1, runs) { kernels.axpby(r.count, 1, partial + i * n + r.lowerBound, 1, to) }
    }
  }
}
