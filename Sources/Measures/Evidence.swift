import Media

/// What a clip metric may look at: the clip itself and, where the caller has them, the clip it should have been and the exact truth
/// of the scene. Expensive intermediate results that several metrics share are made once and kept here.
///
/// A class because of that sharing; it belongs to one thread.
public final class Evidence {
  public let frames: Frames
  /// The clip this one is held against frame by frame: same size, rate and length.
  public let reference: Frames?
  /// Exact flow, masks and camera of the scene in `reference`; only rendered scenes have it.
  public let scene: SceneTruth?

  public init(_ frames: Frames, reference: Frames? = nil, scene: SceneTruth? = nil) { (self.frames, self.reference, self.scene) = (frames, reference, scene) }
}
