import CKernels

/// What both attention ops share: normalise and rotate queries and keys, run every head of every sample, and the way
/// back.
///
/// softmax(q̂·k̂ᵀ/√H + mask)·v with q̂ = rotate(q / rms(q) · w) over all heads together (Wan's `rms_norm_across_heads`;
/// rotation: Su et al. 2021, pairs interleaved). Online softmax in blocks of keys (Dao 2023): scores live in the
/// first-level cache, never in memory.
struct AttentionHeads {
  let heads: Int, head: Int, eps: Float, mask: AttentionMask
  let samples: Int, queries: Int, keys: Int
  var d: Int { heads * head }

  /// Rows of a matrix that may be part of a wider one: row i begins at i·ld.
  struct Rows {
    let base: UnsafeMutableRawPointer, type: ElementType, ld: Int
    /// Whoever makes it sees to it that the tensor lives on.
    init(_ tensor: Tensor, column: Int = 0) {
      (base, type, ld) = (tensor.raw + column * tensor.type.size, tensor.type, tensor.shape.width)
    }
    subscript(row: Int) -> UnsafeMutableRawPointer { base + row * ld * type.size }
    /// One head of some of them.
    struct Part { let at: UnsafeRawPointer, ld: Int }
  }

  /// A side's norm weight [D], and its rotation tables [T, H/2] where positions are rotated.
  struct Norm {
    let weight: UnsafePointer<Float>, cos: UnsafePointer<Float>?, sin: UnsafePointer<Float>?
  }

  private static let rowsPerTile = 32
  /// Queries a task; a head's keys are packed once for them.
  private static let queriesPerTask = 1024

  /// Runs `body(tile, first row, rows, first token)` over tiles of rows that stay within a sample.
  private func tiles(_ c: Compute, _ tokens: Int, _ body: (_ tile: Int, _ row: Int, _ rows: Int, _ token: Int) -> Void)
  {
    let per = (tokens + Self.rowsPerTile - 1) / Self.rowsPerTile
    c.parallel(samples * per) { i, _ in
      let token = i % per * Self.rowsPerTile
      body(i, i / per * tokens + token, min(Self.rowsPerTile, tokens - token), token)
    }
  }

  /// 1/rms of every row, over all heads.
  private func measure(_ c: Compute, _ x: Rows, _ tokens: Int, rstd: Tensor) {
    let kernels = c.operand(x.type)
    let to = rstd.pointer
    tiles(c, tokens) { _, row, rows, _ in kernels.rms_rows(rows, d, x[row], x.ld, eps, to + row) }
  }

  /// Floats of scratch `part` needs for `rows` of one head as `type`: for them, and for f32 rows that are rounded after
  /// the norm.
  private func room(_ x: Rows, _ rows: Int, normed: Bool, as type: ElementType) -> Int {
    guard normed || x.type != type else { return 0 }
    return words(rows, type) + (normed && x.type != type ? words(rows, x.type) : 0)
  }

  /// Floats that hold `rows` of one head, in whole cache lines.
  private func words(_ rows: Int, _ type: ElementType) -> Int { (rows * head * type.size + 63) / 64 * 16 }

  /// One head of `count` rows from a token on, as `type`, in `room`: normalised and rotated, or as they are where no
  /// norm is given.
  private func part(
    _ c: Compute, _ x: Rows, _ sample: Int, _ tokens: Int, from: Int, count: Int, _ h: Int, _ norm: Norm?,
    _ rstd: UnsafePointer<Float>?, as type: ElementType,
    _ room: UnsafeMutablePointer<Float>
  ) -> Rows.Part {
    let row = sample * tokens + from, at = x[row] + h * head * x.type.size, half = head / 2
    var part = Rows.Part(at: at, ld: x.ld)
    if let norm, let rstd {
      let to = x.type == type ? room : room + words(count, type)
      c.operand(x.type).rms_head(
        count, head, at, x.ld, norm.weight + h * head, norm.cos.map { $0 + from * half },
        norm.sin.map { $0 + from * half }, rstd + row, to)
      part = Rows.Part(at: UnsafeRawPointer(to), ld: head)
    }
    guard x.type != type else { return part }
    precondition(x.type == .f32, "queries, keys and values are \(type) or f32")
    c.operand(type).round_rows(count, head, part.at.assumingMemoryBound(to: Float.self), part.ld, room, head, 0)
    return Rows.Part(at: UnsafeRawPointer(room), ld: head)
  }

  private func description(
    _ q: Rows.Part, _ k: Rows.Part, _ v: Rows.Part, queries: Int, _ limits: UnsafePointer<Int32>?
  ) -> ok_head {
    ok_head(
      queries: queries, keys: keys, head: head, scale: 1 / Float(head).squareRoot(), q: q.at, k: k.at, v: v.at,
      ldq: q.ld, ldk: k.ld, ldv: v.ld, limits: limits, bias: nil)
  }

  /// - Parameter kept: 1/rms of queries [B·Tq] and keys [B·Tk], and each query's log₂-sum-exp₂ [B,heads,Tq].
  func forward(q: Rows, k: Rows, v: Rows, _ normQ: Norm, _ normK: Norm, _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, kernels = c.operand(y.type)
    measure(c, q, queries, rstd: kept[0])
    measure(c, k, keys, rstd: kept[1])
    let run = min(queries, Self.queriesPerTask), per = (queries + run - 1) / run
    let atK = room(q, run, normed: true, as: y.type), atV = atK + room(k, keys, normed: true, as: y.type),
      rest = atV + room(v, keys, normed: false, as: y.type)
    let size = rest + (Int(kernels.attend_room(keys, head)) + 15) / 16 * 16, scratch = c.scratch(c.threads * size),
      limits = mask.limits(samples, queries, keys)
    let rooms = scratch.base, type = y.type, to = y.raw, rstdQ = kept[0].pointer, rstdK = kept[1].pointer,
      sums = kept[2].pointer
    limits.withUnsafeBufferPointer { limits in
      c.parallel(samples * heads * per) { i, worker in
        let from = i % per * run, sample = i / per / heads, h = i / per % heads, count = min(run, queries - from),
          row = sample * queries + from, room = rooms + worker * size
        var part = description(
          part(c, q, sample, queries, from: from, count: count, h, normQ, rstdQ, as: type, room),
          part(c, k, sample, keys, from: 0, count: keys, h, normK, rstdK, as: type, room + atK),
          part(c, v, sample, keys, from: 0, count: keys, h, nil, nil, as: type, room + atV), queries: count,
          limits.isEmpty ? nil : limits.baseAddress! + row)
        kernels.attend(
          &part, to + (row * d + h * head) * type.size, d, sums + (sample * heads + h) * queries + from, room + rest)
      }
    }
    withExtendedLifetime(scratch) {}
  }

  /// - Parameters: `dq`, `dk`, `dv` are added to when `accumulate` says so; nil where no gradient is wanted.
  func backward(
    q: Rows, k: Rows, v: Rows, _ normQ: Norm, _ normK: Norm, _ y: Tensor, _ kept: [Tensor], _ dy: Tensor,
    dq: (Rows, Bool)?, dk: (Rows, Bool)?, dv: (Rows, Bool)?, weightQ: Gradient?, weightK: Gradient?
  ) {
    let c = y.compute, kernels = c.operand(y.type)
    let gq = Tensor(undefined: [samples * queries, d], on: c), gk = Tensor(undefined: [samples * keys, d], on: c)
    // Where v is kept in f32, its gradient passes through a tensor of y's type.
    let direct = dv != nil && v.type == y.type, between = Tensor(undefined: direct ? [0] : gk.shape, y.type, on: c),
      values = direct ? dv! : (Rows(between), false)
    do {
      let atK = room(q, queries, normed: true, as: y.type), atV = atK + room(k, keys, normed: true, as: y.type),
        rest = atV + room(v, keys, normed: false, as: y.type)
      let size = rest + (Int(kernels.attend_backward_room(queries, keys, head)) + 15) / 16 * 16
      let scratch = c.scratch(c.threads * size), limits = mask.limits(samples, queries, keys)
      let rooms = scratch.base, type = y.type, from = y.raw, slope = dy.raw, rstdQ = kept[0].pointer,
        rstdK = kept[1].pointer, sums = kept[2].pointer, toQ = gq.pointer, toK = gk.pointer
      limits.withUnsafeBufferPointer { limits in
        c.parallel(samples * heads) { i, worker in
          let sample = i / heads, h = i % heads, at = (sample * queries * d + h * head) * type.size, column = h * head,
            room = rooms + worker * size
          var part = description(
            part(c, q, sample, queries, from: 0, count: queries, h, normQ, rstdQ, as: type, room),
            part(c, k, sample, keys, from: 0, count: keys, h, normK, rstdK, as: type, room + atK),
            part(c, v, sample, keys, from: 0, count: keys, h, nil, nil, as: type, room + atV), queries: queries,
            limits.isEmpty ? nil : limits.baseAddress! + sample * queries)
          kernels.attend_backward(
            &part, from + at, slope + at, d, sums + i * queries, toQ + sample * queries * d + column,
            toK + sample * keys * d + column, d,
            values.0[sample * keys] + column * type.size, values.0.ld, values.1 ? 1 : 0, room + rest)
        }
      }
      withExtendedLifetime(scratch) {}
    }
    if let dv, !direct {
      let scratch = c.scratch(samples * keys * d), wide = scratch.base, f32 = c.f32
      c.parallel(over: samples * keys, grain: Self.rowsPerTile) { r in
        let row = wide + r.lowerBound * d
        kernels.widen_rows(r.count, d, values.0[r.lowerBound], d, row, d)
        f32.round_rows(r.count, d, row, d, dv.0[r.lowerBound], dv.0.ld, dv.1 ? 1 : 0)
      }
      withExtendedLifetime((scratch, between)) {}
    }
    unnormalise(c, q, queries, normQ, kept[0], gq, dq, weightQ)
    unnormalise(c, k, keys, normK, kept[1], gk, dk, weightK)
  }

  private func unnormalise(
    _ c: Compute, _ x: Rows, _ tokens: Int, _ norm: Norm, _ rstd: Tensor, _ g: Tensor,
    _ dx: (rows: Rows, accumulate: Bool)?, _ weight: Gradient?
  ) {
    let kernels = c.operand(x.type), half = head / 2,
      count = samples * ((tokens + Self.rowsPerTile - 1) / Self.rowsPerTile)
    let partial = c.scratch(count * d), sums = partial.base, scales = rstd.pointer, slope = g.pointer
    tiles(c, tokens) { tile, row, rows, token in
      kernels.rms_backward(
        rows, d, head, x[row], x.ld, norm.weight, norm.cos.map { $0 + token * half },
        norm.sin.map { $0 + token * half }, scales + row, slope + row * d,
        dx.map { $0.rows[row] }, dx?.rows.ld ?? d, dx?.accumulate == true ? 1 : 0, sums + tile * d)
    }
    if let (t, accumulate) = weight?.open() { c.sumPartials(count, d, partial.base, accumulate: accumulate, t.pointer) }
    withExtendedLifetime(partial) {}
  }
}

/// Which keys a query sees.
public enum AttentionMask: Sendable, Equatable {
  case none
  /// Only the first `lengths[b]` keys of sample b exist (at least one each).
  case keyLengths([Int])
  /// Query block i (of `block` tokens) sees key blocks 0…i.
  case blockCausal(block: Int)

  /// Keys visible to query `i` of sample `b`: always the first so many.
  func visible(_ b: Int, _ i: Int, of keys: Int) -> Int {
    switch self {
    case .none: keys
    case .keyLengths(let lengths): min(keys, max(1, lengths[b]))
    case .blockCausal(let block): min(keys, (i / block + 1) * block)
    }
  }

  /// [samples, queries], or empty when every query sees every key.
  func limits(_ samples: Int, _ queries: Int, _ keys: Int) -> [Int32] {
    self == .none ? [] : (0..<samples * queries).map { Int32(visible($0 / queries, $0 % queries, of: keys)) }
  }
}

extension AttentionHeads {
  /// Normalised, rotated rows in Double.
  static func reference(
    norm x: Oracle, column: Int, _ weight: Oracle, _ cos: Oracle?, _ sin: Oracle?, head: Int, eps: Float
  ) -> Oracle {
    let (b, t, d) = (x.shape[0], x.shape[1], weight.shape.count)
    var y = Oracle(zeros: [b, t, d])
    for i in 0..<b {
      for j in 0..<t {
        let row = (0..<d).map { x[i, j, column + $0] }
        let k = 1 / (row.reduce(0) { $0 + $1 * $1 } / Double(d) + Double(eps)).squareRoot()
        let n = (0..<d).map { row[$0] * k * weight.values[$0] }
        for e in 0..<d {
          guard let cos, let sin else { y[i, j, e] = n[e]; continue }
          let c = cos[j, e % head / 2], s = sin[j, e % head / 2]
          y[i, j, e] = e % 2 == 0 ? n[e] * c - n[e + 1] * s : n[e - 1] * s + n[e] * c
        }
      }
    }
    return y
  }

  /// Attention in Double. q [B,Tq,D], k [B,Tk,D], v at `column` of [B,Tk,…].
  static func reference(_ q: Oracle, _ k: Oracle, _ v: Oracle, column: Int, heads: Int, mask: AttentionMask) -> Oracle {
    let (b, tq, d) = (q.shape[0], q.shape[1], q.shape[2]), tk = k.shape[1], h = d / heads
    var y = Oracle(zeros: q.shape)
    for i in 0..<b {
      for head in 0..<heads {
        for r in 0..<tq {
          let n = mask.visible(i, r, of: tk)
          let scores = (0..<n).map { k_ in
            (0..<h).reduce(0.0) { $0 + q[i, r, head * h + $1] * k[i, k_, head * h + $1] } / Double(h).squareRoot()
          }
          let top = scores.max() ?? 0
          let weights = scores.map { exponential($0 - top) }
          let total = weights.reduce(0, +)
          for e in 0..<h {
            y[i, r, head * h + e] = (0..<n).reduce(0.0) { $0 + weights[$1] / total * v[i, $1, column + head * h + e] }
          }
        }
      }
    }
    return y
  }
}
