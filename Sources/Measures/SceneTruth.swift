/// What a renderer knows exactly of a scene, in pixels of the rendered clip: x to the right, y down, pixel i's centre
/// at i + ½.
public struct SceneTruth: Sendable {
  /// Forward flow from frame t to t + 1, `[T − 1][H·W]`; only meaningful where `known[t]` says so.
  public var flow: [[SIMD2<Float>]]
  /// `[T − 1][H·W]`: the surface seen at this pixel of frame t is also seen in frame t + 1, inside the frame and in
  /// front.
  public var known: [[Bool]]
  /// Visible coverage of each object, `[T][objects][H·W]`, [0, 1].
  public var masks: [[[Float]]]
  /// Where the world's origin has moved to in the picture since frame 0, px; all zero for a camera at rest.
  public var camera: [SIMD2<Double>]
  /// 8-bit sRGB, one an object.
  public var colours: [SIMD3<UInt8>]
  /// Leading frames given to the model; measuring a continuation starts after them.
  public var conditioning: Int
  /// The picture without its objects as the moving camera sees it, `[T][H·W·3]`; empty where it rests, since a clip
  /// then shows its own background.
  public var plates: [[UInt8]]

  public init(
    flow: [[SIMD2<Float>]], known: [[Bool]], masks: [[[Float]]], camera: [SIMD2<Double>], colours: [SIMD3<UInt8>],
    conditioning: Int, plates: [[UInt8]] = []
  ) {
    (self.flow, self.known, self.masks, self.camera, self.colours) = (flow, known, masks, camera, colours)
    (self.conditioning, self.plates) = (conditioning, plates)
  }
}
