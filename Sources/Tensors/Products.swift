import CKernels

/// Matrix products (CKernels/products.inc). A task takes a few panels of the right operand, packs them a part of the sum
/// at a time, and all rows of the left operand pass under them while they are in the second-level cache; the left one is
/// read as it lies where that will do (Goto & van de Geijn 2008, with the roles of the operands exchanged).
///
/// Every element of a result is one sum in one order, whose parts depend on its length alone: the same bits for any
/// number of threads, rows or columns.
struct Products {
  let compute: Compute
  let type: ElementType
  let kernels: ok_operand

  init(_ compute: Compute, _ type: ElementType) {
    self.compute = compute
    self.type = type
    kernels = compute.operand(type)
  }

  /// A matrix in memory: element (row, k of the sum) at row·ld + k, or at k·ld + row when `columns`.
  struct Source {
    /// Where the elements are; of a stored matrix that must be decoded nothing.
    private let base: UnsafeRawPointer?
    let type: ElementType
    let ld: Int
    let columns: Bool
    private let stored: StoredMatrix?
    /// Where this part of a stored matrix begins.
    private var row = 0, k = 0

    init(_ at: UnsafeRawPointer, _ type: ElementType, ld: Int, columns: Bool = false) {
      (base, self.type, self.ld, self.columns, stored) = (at, type, ld, columns, nil)
    }
    init(_ tensor: Tensor, ld: Int, columns: Bool = false) {
      (self.ld, self.columns, stored) = (ld, columns, tensor.stored)
      (base, type) = (tensor.stored == nil ? UnsafeRawPointer(tensor.raw) : nil, tensor.type)
    }

    var at: UnsafeRawPointer {
      guard let base else { preconditionFailure("a stored matrix is only a right operand") }
      return base
    }

    /// The same elements, rows as columns.
    var turned: Source { Source(at, type, ld: ld, columns: !columns) }

    /// From a row and an element of the sum on.
    func from(row: Int, k: Int) -> Source {
      guard let base else {
        var part = self
        (part.row, part.k) = (self.row + row, self.k + k)
        return part
      }
      return Source(base + (columns ? k * ld + row : row * ld + k) * type.size, type, ld: ld, columns: columns)
    }

    /// The stored matrix, and the first row and element of the sum of this part, where it must be decoded.
    fileprivate var encoded: (matrix: StoredMatrix, row: Int, k: Int)? { stored.map { ($0, row, k) } }

    /// Ready for products of `type`: a stored matrix that can be packed as it lies is one that lies.
    func ready(for type: ElementType) -> Source {
      guard let stored, let plain = stored.plain(for: type) else { return self }
      return Source(plain.at, plain.type, ld: ld, columns: columns)
    }
  }

  /// A left operand ready to be multiplied: rows as the operand stores them, `step` elements apart, or packed panels.
  struct Left {
    let at: UnsafeRawPointer
    let rows: Int, k: Int, step: Int
    let stored: Bool
    /// Keeps what was made of it.
    let room: Buffer?
  }

  /// One term of a sum: x·Wᵀ over `left.k` elements.
  struct Term {
    let left: Left
    let right: Source
    init(_ left: Left, _ right: Source) { (self.left, self.right) = (left, right) }
  }

  /// Columns that are finished together: the sum of their terms, in order, and what becomes of it.
  struct Output {
    let columns: Int
    let terms: [Term]
    /// At the first row and column.
    let out: ok_out
    init(_ columns: Int, _ terms: [Term], _ out: ok_out) {
      (self.columns, self.terms, self.out) = (columns, terms, out)
    }
  }

  func words(_ k: Int) -> Int { (k + Int(kernels.pair) - 1) / Int(kernels.pair) }

  /// Most words of a sum that are taken at a time: eight panels of so many leave room in the second-level cache.
  static let mostWords = 512
  /// Most rows that pass under a task's panels, and the tasks that are wanted of a product.
  private static let mostRows = 640, tasksWanted = 24

  /// Words of each part of a sum of `words`: about equal ones.
  private func part(_ words: Int) -> Int {
    let parts = max(1, (words + Self.mostWords - 1) / Self.mostWords)
    return max(1, ((words + parts - 1) / parts + 3) / 4 * 4)
  }

  /// A left operand of `rows` rows, where it lies, when that will do, else rounded or packed.
  func left(_ source: Source, rows: Int, k: Int) -> Left {
    let mr = Int(kernels.mr), words = words(k)
    if !source.columns, rows >= mr, k % Int(kernels.pair) == 0 {
      if source.type == type {
        return Left(at: source.at, rows: rows, k: k, step: source.ld, stored: true, room: nil)
      }
      let room = compute.scratch((rows * k * type.size + 3) / 4), to = UnsafeMutableRawPointer(room.base),
        kernels = kernels, size = type.size
      compute.parallel(over: rows, grain: max(1, (1 << 14) / max(1, k))) { r in
        let from = source.at.assumingMemoryBound(to: Float.self) + r.lowerBound * source.ld
        kernels.round_rows(r.count, k, from, source.ld, to + r.lowerBound * k * size, k, 0)
      }
      return Left(at: UnsafeRawPointer(to), rows: rows, k: k, step: k, stored: true, room: room)
    }
    let panels = (rows + mr - 1) / mr, room = compute.scratch(panels * mr * words), base = room.base
    compute.parallel(over: panels, grain: 4) { r in
      let from = r.lowerBound * mr
      pack(
        source.from(row: from, k: 0), count: min(r.count * mr, rows - from), k, width: mr, base + from * words, words)
    }
    return Left(at: UnsafeRawPointer(base), rows: rows, k: k, step: words, stored: false, room: room)
  }

  func pack(
    _ s: Source, count: Int, _ k: Int, width: Int, _ to: UnsafeMutablePointer<Float>, _ total: Int,
    _ sums: UnsafeMutablePointer<Float>? = nil
  ) {
    if let (matrix, row, first) = s.encoded {
      // A stretch is decoded where the next lines read it: in the second-level cache.
      let kernels = compute.kernels
      withUnsafeTemporaryAllocation(of: Float.self, capacity: s.columns ? count * k : min(width, count) * k) { room in
        let decoded = room.baseAddress!
        if s.columns {
          for i in 0..<k {
            matrix.decode(row: first + i, columns: row..<row + count, kernels, into: decoded + i * count)
          }
          pack(Source(decoded, .f32, ld: count, columns: true), count: count, k, width: width, to, total, sums)
        } else {
          for from in stride(from: 0, to: count, by: width) {
            let some = min(width, count - from)
            for i in 0..<some {
              matrix.decode(row: row + from + i, columns: first..<first + k, kernels, into: decoded + i * k)
            }
            pack(Source(decoded, .f32, ld: k), count: some, k, width: width, to + from * total, total)
          }
        }
      }
    } else if s.columns {
      kernels.pack_columns(width, count, k, s.at, s.type.code, s.ld, to, 0, total, sums)
    } else {
      kernels.pack_rows(width, count, k, s.at, s.type.code, s.ld, to)
    }
  }

  /// Writes every output for `rows` rows.
  func multiply(rows: Int, _ outputs: [Output]) {
    let mr = Int(kernels.mr), nr = Int(kernels.nr), pair = Int(kernels.pair), panelsDown = (rows + mr - 1) / mr
    let runs = (panelsDown * mr + Self.mostRows - 1) / Self.mostRows, run = (panelsDown + runs - 1) / runs * mr
    func groups(_ panels: Int) -> [Int] { outputs.map { (($0.columns + nr - 1) / nr + panels - 1) / panels } }
    let panels = [8, 4, 2].first { groups($0).reduce(0, +) * runs >= Self.tasksWanted } ?? 1
    let counts = groups(panels), all = counts.reduce(0, +), width = panels * nr
    let longest = outputs.flatMap(\.terms).map { part(words($0.left.k)) }.max() ?? 0
    let parted = outputs.contains {
      $0.terms.count > 1 || $0.terms.contains { words($0.left.k) > part(words($0.left.k)) }
    }
    let size = longest * width + (parted ? run * width : 0), room = compute.scratch(compute.threads * size),
      rooms = room.base
    compute.parallel(runs * all) { index, worker in
      var group = index % all, which = 0
      while group >= counts[which] {
        group -= counts[which]
        which += 1
      }
      let output = outputs[which], from = index / all * run, count = min(run, rows - from), column = group * width,
        n = min(width, output.columns - column)
      guard count > 0 else { return }
      let panel = rooms + worker * size, partial = panel + longest * width
      var isFirst = true
      for (t, term) in output.terms.enumerated() {
        let left = term.left, total = words(left.k), step = part(total)
        for word in stride(from: 0, to: total, by: step) {
          let some = min(step, total - word), k = word * pair, elements = min(some * pair, left.k - k)
          pack(
            term.right.ready(for: type).from(row: column, k: k), count: n, elements, width: nr, panel,
            some)
          let isLast = t == output.terms.count - 1 && word + step >= total
          var out =
            isLast
            ? shifted(output.out, rows: from, columns: column)
            : ok_out(
              y: partial, ld: width, type: ElementType.f32.code, acc: isFirst ? 0 : 1, bias: nil, act: 0, slope: 0,
              pre: nil, part: nil, ldpart: 0)
          if isLast, !isFirst { (out.part, out.ldpart) = (UnsafePointer(partial), width) }
          for row in stride(from: 0, to: count, by: mr) {
            var tile = shifted(out, rows: row)
            let at =
              left.stored
              ? left.at + ((from + row) * left.step + k) * type.size
              : left.at + ((from + row) * left.step + word * mr) * 4
            kernels.tile(min(mr, count - row), n, some, at, left.step, left.stored ? 1 : 0, panel, some, &tile)
          }
          isFirst = false
        }
      }
    }
    withExtendedLifetime((outputs, room)) {}
  }

  // MARK: gradients of weights

  /// An operand in panels: `rows` rows of `words` words each.
  struct Packed {
    let buffer: Buffer
    let rows: Int, words: Int
    var base: UnsafeMutablePointer<Float> { buffer.base }
  }

  /// Rows a task: two panels of the left operand, at most.
  private var rowsPerTask: Int { 2 * Int(kernels.mr) }
  /// Panels of a right operand that a task packs: side by side, as a row of the source has them together.
  private func panelsPerTask(_ panels: Int) -> Int { max(1, min(4, panels / 8)) }
  /// Words of a sum taken at a time, when it may be taken in parts: both panels stay in the second-level cache.
  static let sumBlock = 2048

  /// Packs a whole right operand.
  func right(rows: Int, _ source: Source, k: Int) -> Packed {
    let panel = Int(kernels.nr), total = words(k), panels = (rows + panel - 1) / panel
    let packed = Packed(buffer: compute.scratch(panels * total * panel), rows: rows, words: total)
    compute.parallel(over: panels, grain: panelsPerTask(panels)) { r in
      let from = r.lowerBound * panel
      pack(
        source.from(row: from, k: 0), count: min(r.count * panel, rows - from), k, width: panel,
        packed.base + from * total, total)
    }
    return packed
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
          dy.from(row: from, k: at), count: count, min(k - at, words * Int(kernels.pair)), width: Int(kernels.mr), a,
          words, first && sums != nil ? part : nil)
        if first, let sums { for r in 0..<count { sums[from + r] = word == 0 ? part[r] : sums[from + r] + part[r] } }
        guard let c, columns > 0 else { continue }
        var out = ok_out(
          y: c + from * n + column, ld: n, type: ElementType.f32.code, acc: accumulate || word > 0 ? 1 : 0, bias: nil,
          act: 0, slope: 0, pre: nil, part: nil, ldpart: 0)
        kernels.tile(
          count, columns, words, a, words, 0, b.base + column * b.words + word * Int(kernels.nr), b.words, &out)
      }
    }
  }

  /// `out` at a later corner.
  func shifted(_ out: ok_out, rows: Int, columns: Int = 0) -> ok_out {
    var out = out
    let by = rows * out.ld + columns
    out.y += by * (out.type == ElementType.bf16.code ? 2 : 4)
    out.bias = out.bias.map { $0 + columns }
    out.pre = out.pre.map { $0 + by * type.size }
    out.part = out.part.map { $0 + rows * out.ldpart + columns }
    return out
  }
}

extension ok_out {
  /// `y` [rows, ld] from a column on.
  init(_ y: Tensor, column: Int = 0, accumulate: Bool = false, bias: UnsafePointer<Float>? = nil) {
    self.init(
      y: y.raw + column * y.type.size, ld: y.shape.width, type: y.type.code, acc: accumulate ? 1 : 0, bias: bias,
      act: 0, slope: 0, pre: nil, part: nil, ldpart: 0)
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
