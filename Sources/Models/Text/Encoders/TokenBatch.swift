import Tensors

/// Texts of different lengths side by side.
struct TokenBatch {
  let ids: [Int]
  let lengths: [Int]
  /// Of the longest.
  let most: Int
  var samples: Int { lengths.count }

  /// - Parameter padding: what stands after a text's end; nothing looks at it.
  init(_ tokens: [[Int]], padding: Int = 0) {
    lengths = tokens.map(\.count)
    let most = lengths.max() ?? 0
    self.most = most
    ids = tokens.flatMap { $0 + [Int](repeating: padding, count: most - $0.count) }
  }

  var mask: AttentionMask { lengths.allSatisfy { $0 == most } ? .none : .keyLengths(lengths) }

  /// [B, most, D] with `room` rows a text, zero beyond each one's length.
  func padded(_ x: Tensor, to room: Int) -> Tensor {
    let d = x.shape[2], y = Tensor(zeros: [samples, room, d], on: x.compute)
    let from = x.pointer, to = y.pointer
    for (i, n) in lengths.enumerated() {
      (to + i * room * d).update(from: from + i * most * d, count: min(n, room) * d)
    }
    return y
  }
}
