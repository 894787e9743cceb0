import Foundation
import Frames

/// What a clip metric may look at: the clip itself and, where the caller has them, the clip it should have been and the
/// exact truth of the scene. Expensive intermediate results that several metrics share are made once and kept here.
///
/// A class because of that sharing; it belongs to one thread. Dense flow itself is not kept (6.6 MB a pair at 480p):
/// one pass over the clip takes from it everything the metrics ask for.
public final class Evidence {
  public let frames: Frames
  /// The clip this one is held against frame by frame: same size, rate and length.
  public let reference: Frames?
  /// Exact flow, masks and camera of the scene in `reference`; only rendered scenes have it.
  public let scene: SceneTruth?
  /// Networks that were trained to see, where somebody brought their weights.
  public let learnt: (any LearntFeatures)?
  /// Threads the shared passes may use; no result depends on it.
  public let threads: Int

  public init(
    _ frames: Frames, reference: Frames? = nil, scene: SceneTruth? = nil,
    learnt: (any LearntFeatures)? = nil,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) {
    (self.frames, self.reference, self.scene, self.threads) = (frames, reference, scene, max(1, threads))
    self.learnt = learnt
  }

  /// What dense flow says of every pair of consecutive frames.
  private(set) lazy var pairMotions: [PairMotion] = PairMotion.all(frames, threads: threads)
  /// The camera's motion, from tracked corners of the background.
  public private(set) lazy var camera: CameraPath = CameraPath(
    frames, scene: scene, reference: referenceCamera, threads: threads)
  /// The camera's motion in the reference; nil without one to hold the clip against frame by frame.
  private(set) lazy var referenceCamera: CameraPath? =
    Paired.obstacle(self) == nil ? reference.map { CameraPath($0, scene: scene, threads: threads) } : nil
  /// Whether the clip passes for one without motion.
  private(set) lazy var staticGate: StaticGate.Motion = StaticGate.motion(self)
  private(set) lazy var backgroundDrift: BackgroundDrift = BackgroundDrift(self)
  private(set) lazy var registered: RegisteredPairs = RegisteredPairs(self)
  /// The scene's objects as the clip shows them.
  private(set) lazy var objects: Result<ObjectViews, Unfit> = sceneOfSameSize().flatMap { ObjectViews.make(frames, $0) }
  private(set) lazy var blockSpectrum: BlockSpectrum = BlockSpectrum(self)

  /// The scene's truth, or why it cannot be used on this clip.
  func sceneOfSameSize() -> Result<SceneTruth, Unfit> {
    guard let scene else { return .failure(Unfit("no exact truth of the scene was given")) }
    let pixels = frames.height * frames.width
    guard scene.camera.count == frames.count, scene.masks.count == frames.count,
      scene.flow.count == max(0, frames.count - 1), scene.known.count == scene.flow.count
    else {
      return .failure(Unfit("the scene's truth is of \(scene.camera.count) frames, the clip has \(frames.count)"))
    }
    guard scene.flow.allSatisfy({ $0.count == pixels }), scene.known.allSatisfy({ $0.count == pixels }),
      scene.masks.allSatisfy({ $0.allSatisfy { $0.count == pixels } }),
      scene.plates.isEmpty || scene.plates.count == frames.count && scene.plates.allSatisfy({ $0.count == 3 * pixels })
    else {
      return .failure(Unfit("the scene's truth is not of \(frames.width)x\(frames.height) pixels"))
    }
    return .success(scene)
  }

  /// Why something cannot be measured on a clip.
  struct Unfit: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }
}
