import Files
import Media

/// Clips that no model made, against which every score is read (METRICS §1).
public enum Controls {
  /// The given frames, then the last of them to the end: what a model does that does nothing.
  public static func frozen(_ frames: Frames, conditioning: Int) -> Frames {
    precondition(conditioning > 0 && conditioning <= frames.count, "\(conditioning) given frames of \(frames.count)")
    let given = conditioning * frames.frameBytes
    let last = frames.pixels[given - frames.frameBytes..<given]
    var pixels = Array(frames.pixels[..<given])
    pixels.reserveCapacity(frames.pixels.count)
    for _ in conditioning..<frames.count { pixels += last }
    return Frames(count: frames.count, height: frames.height, width: frames.width, pixels: pixels, fps: frames.fps)
  }

  /// Constant velocity or acceleration, fitted to what the tracker sees in the given frames of `groundTruth` and drawn by the caller.
  /// - Parameter render: a clip from positions `[T][objects]` and radii, in world units.
  /// - Throws: `Problem` when the given frames do not show every object often enough.
  public static func extrapolated(
    _ fit: MotionFit, _ scene: PhysicsScene, groundTruth: Frames, render: (_ positions: [[SIMD2<Double>]], _ radii: [Double]) -> Frames
  ) throws -> Frames {
    // The tracker gets the given frames alone, so nothing of the continuation can leak into the fit.
    let given = groundTruth[0..<min(scene.conditioning, groundTruth.count)]
    let states = try PhysicsTol5.states(scene, given)
    guard let path = fit.predict(
      states: states, conditioning: scene.conditioning, frames: scene.truth.count, scale: PhysicsTol5.scale(scene, groundTruth), worldHeight: scene.worldHeight)
    else { throw Problem("the given frames do not show every object", at: scene.id) }
    return render(path.positions, path.radii)
  }
}
