import CKernels
import Foundation

func cosine(_ x: Float) -> Float { Foundation.cos(x) }
func sine(_ x: Float) -> Float { Foundation.sin(x) }

/// o = softmax(q·kᵀ/√H + mask)·v, head by head      q [B,Tq,D]  k, v [B,Tk,D]  → o [B,Tq,D]
///
/// Vaswani et al. 2017, evaluated a block of queries at a time so that no Tq×Tk matrix is ever stored (Dao 2023 keeps the
/// same log-sum-exp). Cross attention is the same op with other lengths.
public struct Attention: Op {
  public enum Mask: Sendable, Equatable {
    case none
    /// Only the first `lengths[b]` keys of sample b exist (at least one each).
    case keyLengths([Int])
    /// Query block i (of `block` tokens) sees key blocks 0…i.
    case blockCausal(block: Int)
  }

  public let heads: Int
  public let mask: Mask
  public init(heads: Int, mask: Mask = .none) { (self.heads, self.mask) = (heads, mask) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let (q, k, v) = (x[0], x[1], x[2])
    precondition(q.rank == 3 && k == v && q[0] == k[0] && q[2] == k[2] && q[2] % heads == 0, "attention: q \(q), k \(k), v \(v), \(heads) heads")
    return (q, [[q[0], heads, q[1]]])
  }

  /// Keys visible to query `i` of sample `b`.
  private func visible(_ b: Int, _ i: Int, of keys: Int) -> Int {
    switch mask {
    case .none: keys
    case .keyLengths(let lengths): min(keys, max(1, lengths[b]))
    case .blockCausal(let block): min(keys, (i / block + 1) * block)
    }
  }

  /// Queries handled together: their score rows stay in the second-level cache.
  private func queryBlock(_ keys: Int) -> Int { keys <= 1024 ? 128 : 64 }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, (b, tq, d) = (y.shape[0], y.shape[1], y.shape[2]), tk = x[1].shape[1], h = d / heads
    let block = queryBlock(tk), blocks = (tq + block - 1) / block
    let scale = 1 / Float(h).squareRoot()
    let room = block * tk + block
    let scores = c.scratch(c.threads * room)
    let limits = UnsafeMutablePointer<Int32>.allocate(capacity: c.threads * block)
    defer { limits.deallocate() }
    c.parallel(b * heads * blocks) { i, worker in
      let bh = i / blocks, from = i % blocks * block, n = min(block, tq - from)
      let sample = bh / heads, head = bh % heads
      let s = scores.base + worker * room, sums = s + block * tk, limit = limits + worker * block
      for r in 0..<n { limit[r] = Int32(visible(sample, from + r, of: tk)) }
      let reach = Int(limit[n - 1])
      let q = x[0].pointer + (sample * tq + from) * d + head * h
      let k = x[1].pointer + sample * tk * d + head * h, v = x[2].pointer + sample * tk * d + head * h
      let o = y.pointer + (sample * tq + from) * d + head * h
      c.gemm(false, true, n, reach, h, 1, q, d, k, d, 0, s, tk)
      c.kernels.softmax(n, reach, tk, limit, scale, s, sums, kept[0].pointer + bh * tq + from)
      c.gemm(false, false, n, h, reach, 1, s, tk, v, d, 0, o, d)
      c.kernels.divide_rows(n, h, d, sums, o)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, (b, tq, d) = (y.shape[0], y.shape[1], y.shape[2]), tk = x[1].shape[1], h = d / heads
    let block = queryBlock(tk), scale = 1 / Float(h).squareRoot()
    let dq = dx[0]?.open(), dk = dx[1]?.open(), dv = dx[2]?.open()
    let room = 2 * block * tk + block
    let scratch = c.scratch(c.threads * room)
    let limits = UnsafeMutablePointer<Int32>.allocate(capacity: c.threads * block)
    defer { limits.deallocate() }
    // A (sample, head) is one task: its dk and dv are sums over query blocks, taken in order.
    c.parallel(b * heads) { bh, worker in
      let sample = bh / heads, head = bh % heads
      let s = scratch.base + worker * room, dp = s + block * tk, delta = dp + block * tk, limit = limits + worker * block
      let keys = sample * tk * d + head * h
      for from in stride(from: 0, to: tq, by: block) {
        let n = min(block, tq - from), rows = (sample * tq + from) * d + head * h
        for r in 0..<n { limit[r] = Int32(visible(sample, from + r, of: tk)) }
        // dk and dv must be written in full by the first block, so it reaches every key.
        let reach = from == 0 ? tk : Int(limit[n - 1])
        c.gemm(false, true, n, reach, h, 1, x[0].pointer + rows, d, x[1].pointer + keys, d, 0, s, tk)
        c.gemm(false, true, n, reach, h, 1, dy.pointer + rows, d, x[2].pointer + keys, d, 0, dp, tk)
        c.kernels.row_dots(n, h, d, dy.pointer + rows, y.pointer + rows, delta)
        c.kernels.softmax_backward(n, reach, tk, limit, scale, kept[0].pointer + bh * tq + from, delta, s, dp)
        if let dq { c.gemm(false, false, n, h, reach, 1, dp, tk, x[1].pointer + keys, d, dq.accumulate ? 1 : 0, dq.tensor.pointer + rows, d) }
        if let dk { c.gemm(true, false, reach, h, n, 1, dp, tk, x[0].pointer + rows, d, dk.accumulate || from > 0 ? 1 : 0, dk.tensor.pointer + keys, d) }
        if let dv { c.gemm(true, false, reach, h, n, 1, s, tk, dy.pointer + rows, d, dv.accumulate || from > 0 ? 1 : 0, dv.tensor.pointer + keys, d) }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (b, tq, d) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]), tk = x[1].shape[1], h = d / heads
    var y = Oracle(zeros: x[0].shape)
    for i in 0..<b {
      for head in 0..<heads {
        for r in 0..<tq {
          let n = visible(i, r, of: tk)
          let scores = (0..<n).map { k in (0..<h).reduce(0.0) { $0 + x[0][i, r, head * h + $1] * x[1][i, k, head * h + $1] } / Double(h).squareRoot() }
          let top = scores.max() ?? 0
          let weights = scores.map { exp($0 - top) }
          let total = weights.reduce(0, +)
          for e in 0..<h { y[i, r, head * h + e] = (0..<n).reduce(0.0) { $0 + weights[$1] / total * x[2][i, $1, head * h + e] } }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("self", Attention(heads: 2), [[2, 5, 8], [2, 5, 8], [2, 5, 8]]),
      OpCase("cross", Attention(heads: 3), [[1, 7, 9], [1, 4, 9], [1, 4, 9]]),
      OpCase("key lengths", Attention(heads: 1, mask: .keyLengths([1, 3])), [[2, 4, 6], [2, 5, 6], [2, 5, 6]]),
      OpCase("block causal", Attention(heads: 2, mask: .blockCausal(block: 3)), [[1, 9, 4], [1, 9, 4], [1, 9, 4]]),
      OpCase("several query blocks", Attention(heads: 1, mask: .blockCausal(block: 50)), [[1, 200, 4], [1, 200, 4], [1, 200, 4]]),
      OpCase("many keys", Attention(heads: 1), [[1, 70, 2], [1, 1030, 2], [1, 1030, 2]]),
    ]
  }
}
