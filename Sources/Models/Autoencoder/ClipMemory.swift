import Tensors

/// What the layers of a causal model remember of the frames before a piece of a clip, so that it can pass in pieces: the
/// same numbers as all at once, in memory that does not grow with its length. Every layer is a stream of its own, so a
/// piece may be cut again between two of them.
final class ClipMemory {
  private var frames: [String: Tensor] = [:]
  private var begun: Set<String> = []

  /// Whether a layer's stream begins with what it is given now. To be asked once a piece.
  func begins(_ layer: String) -> Bool { begun.insert(layer).inserted }

  /// The last frames a layer saw before.
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
}
