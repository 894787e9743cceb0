import Files
import Frames

/// Clips that no model made, against which every score is read (docs/BENCH.md, "Controls").
public enum Controls {
  /// The given frames, then the last of them to the end: what a model does that does nothing.
  public static func frozen(_ frames: Frames, conditioning: Int) -> Frames {
    precondition(conditioning > 0 && conditioning <= frames.count, "\(conditioning) given frames of \(frames.count)")
    return frames.picking((0..<frames.count).map { min($0, conditioning - 1) })
  }

  /// The given frames, then the others in another order: every frame is real and nothing moves as it should. The order
  /// is one cycle (Sattolo 1986), so no frame keeps its place where there are two or more; it depends on `key` alone.
  public static func shuffled(_ frames: Frames, conditioning: Int, key: String) -> Frames {
    precondition(conditioning >= 0 && conditioning <= frames.count, "\(conditioning) given frames of \(frames.count)")
    var random = ResamplingRandom(seed: FNV1a.hash(key)), order = Array(conditioning..<frames.count)
    for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, random.index(i)) }
    return frames.picking(Array(0..<conditioning) + order)
  }

  /// The given frames of `frames`, then what another clip shows from there on: what a model does that replays what it
  /// was trained on.
  /// - Parameter other: the same size; frames it lacks repeat its last one.
  public static func pasted(_ frames: Frames, conditioning: Int, continuation other: Frames) -> Frames {
    precondition(
      (other.height, other.width) == (frames.height, frames.width) && other.count > 0, "a continuation of another size")
    let size = frames.frameBytes
    var pixels = Array(frames.pixels[..<(conditioning * size)])
    pixels.reserveCapacity(frames.pixels.count)
    for t in conditioning..<max(conditioning, frames.count) {
      let from = min(t, other.count - 1) * size
      pixels += other.pixels[from..<from + size]
    }
    return Frames(count: frames.count, height: frames.height, width: frames.width, pixels: pixels, fps: frames.fps)
  }

  /// Constant velocity or acceleration, fitted to what the tracker sees in the given frames of `groundTruth` and drawn
  /// by the caller.
  /// - Parameter render: a clip from positions `[T][objects]` and radii, in world units.
  /// - Throws: `Problem` when the given frames do not show every object often enough.
  public static func extrapolated(
    _ fit: MotionFit, _ scene: PhysicsScene, groundTruth: Frames,
    render: (_ positions: [[SIMD2<Double>]], _ radii: [Double]) -> Frames
  ) throws -> Frames {
    // The tracker gets the given frames alone, so nothing of the continuation can leak into the fit.
    let given = groundTruth[0..<min(scene.conditioning, groundTruth.count)]
    let states = try PhysicsTol5.states(scene, given)
    guard
      let path = fit.predict(
        states: states, conditioning: scene.conditioning, frames: scene.truth.count,
        scale: PhysicsTol5.scale(scene, groundTruth), worldHeight: scene.worldHeight)
    else { throw Problem("the given frames do not show every object", at: scene.id) }
    return render(path.positions, path.radii)
  }
}

extension Frames {
  /// The frames of `indices`, copied in that order.
  func picking(_ indices: [Int]) -> Frames {
    Frames(
      count: indices.count, height: height, width: width,
      pixels: indices.flatMap { pixels[$0 * frameBytes..<($0 + 1) * frameBytes] }, fps: fps)
  }
}
