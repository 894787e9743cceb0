import Tensors

/// Cuts of a clip's frames.
enum ClipPieces {
  /// Numbers a tensor of a piece may have: what memory is bounded by.
  static let mostElements = 1 << 24

  /// Pieces of an even number of frames each, so that time can be halved in any; an odd clip begins with one more.
  /// - Parameter elements: of the largest tensor that comes of a frame.
  static func cut(_ frames: Int, elements: Int) -> [Range<Int>] {
    let most = max(2, mostElements / max(1, elements) / 2 * 2)
    var from = 0, pieces: [Range<Int>] = []
    while from < frames {
      let to = min(frames, from + most + (from == 0 ? frames % 2 : 0))
      pieces.append(from..<to)
      from = to
    }
    return pieces
  }

  /// x piece by piece, joined again; in one, and recorded on a tape, where there is no memory to go by.
  static func along(_ x: Tensor, elements: Int, _ memory: ClipMemory?, _ body: (Tensor) -> Tensor) -> Tensor {
    let pieces = cut(x.shape[1], elements: elements)
    guard memory != nil, pieces.count > 1 else { return body(x) }
    return joined(pieces.map { body(TakeFrames($0)(x)) })
  }

  /// One clip after the other.
  static func joined(_ parts: [Tensor]) -> Tensor {
    guard parts.count > 1, let first = parts.first else { return parts[0] }
    var sizes = first.shape.sizes
    sizes[1] = parts.reduce(0) { $0 + $1.shape[1] }
    let y = Tensor(undefined: Shape(sizes), on: first.compute), frame = sizes.dropFirst(2).reduce(1, *)
    y.withElements { to in
      for b in 0..<sizes[0] {
        var at = b * sizes[1] * frame
        for part in parts {
          let count = part.shape[1] * frame
          part.withElements { from in (to.baseAddress! + at).update(from: from.baseAddress! + b * count, count: count) }
          at += count
        }
      }
    }
    return y
  }
}
