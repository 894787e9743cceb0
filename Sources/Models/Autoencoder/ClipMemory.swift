import Tensors

/// What the layers of a causal model remember of the frames before a chunk, so that a clip can pass in parts: the same
/// numbers as all at once, in memory that does not grow with its length.
final class ClipMemory {
  /// Whether the next chunk begins the clip.
  private(set) var isFirst = true
  private var frames: [String: Tensor] = [:]

  /// The last frames a layer saw before this chunk.
  func past(_ layer: String) -> Tensor? { frames[layer] }

  /// Remembers the last `count` frames of `past` and then x; zeros where there were none.
  func keep(_ count: Int, of x: Tensor, for layer: String) {
    let there = x.shape[1]
    guard there < count else {
      frames[layer] = TakeFrames(there - count..<there)(x.detached)
      return
    }
    var sizes = x.shape.sizes
    sizes[1] = count
    let before = frames[layer] ?? Tensor(zeros: Shape(sizes), on: x.compute)
    frames[layer] = JoinFrames()(TakeFrames(there..<count)(before), x.detached)
  }

  /// To be called after every chunk.
  func nextChunk() { isFirst = false }
}
