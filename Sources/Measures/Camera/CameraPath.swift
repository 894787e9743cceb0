import Frames

/// The camera's motion through a clip, from corners of what is taken for background (METRICS: camera and subject
/// split).
///
/// With the scene's masks, corners on objects are dropped. Without, the largest consistent motion and the largest among
/// the remaining corners are found by random sampling, and the one spread over more of the picture is the background: a
/// subject may have more corners than what is behind it. The model is chosen by the Bayesian information criterion from
/// still, translation, similarity, homography.
///
/// Where the background has no corners, a step is taken for still. Whether it has any is read off the reference where
/// there is one: in a clip that shows its subject elsewhere than the truth's masks, the subject would be all there is
/// to follow.
///
/// Cannot see: a camera in front of a background without corners, or parallax, which no homography describes.
public struct CameraPath: Sendable {
  public struct Step: Sendable, Equatable {
    public var model: CameraModel
    /// From a frame's coordinates to the next one's.
    public var map: Homography
    /// Corners that agree with it; 0 when the camera was taken for still because nothing could be tracked.
    public var background: Int
    /// Corners that moved otherwise.
    var subject: [Match]
  }

  /// From frame t to t + 1, `[T − 1]`.
  public let steps: [Step]
  /// From frame 0's coordinates to frame t's, `[T]`.
  public let fromFirst: [Homography]
  /// Why nothing could be tracked, if nothing could.
  public let obstacle: String?
  /// What a reader of anything registered along the path must know: where the camera was taken for still; "" when
  /// nowhere.
  public var note: String {
    if let obstacle { return "camera taken for still: \(obstacle)" }
    let lost = steps.count { $0.background == 0 }
    return lost > 0
      ? "camera taken for still in \(lost) of \(steps.count) steps, which show no background to track" : ""
  }

  /// Corners may disagree with a model by this, px.
  static let tolerance = 1.0
  /// Corners this near an object show the object, px: a corner's strength is summed over 7×7 gradients, each of which
  /// looks a pixel further.
  static let margin = 4

  /// - Parameter reference: the path of the clip that `frames` is held against, of the same size and length.
  public init(_ frames: Frames, scene: SceneTruth?, reference: CameraPath? = nil, threads: Int) {
    guard frames.count >= 2, min(frames.width, frames.height) >= CornerTracker.leastSide else {
      steps = []
      fromFirst = Array(repeating: .identity, count: frames.count)
      obstacle =
        frames.count < 2
        ? "a camera path needs 2 frames; the clip has \(frames.count)"
        : "corners need sides of \(CornerTracker.leastSide) pixels; the clip is \(frames.width)x\(frames.height)"
      return
    }
    let run = 8, pairs = frames.count - 1, pixels = frames.height * frames.width
    let usable = scene.flatMap {
      $0.masks.count == frames.count && $0.masks.allSatisfy { $0.allSatisfy { $0.count == pixels } } ? $0.masks : nil
    }
    steps = concurrent((pairs + run - 1) / run, threads: threads) { r in
      var before = CornerTracker.Pyramid(LumaPlane(frames, r * run))
      return (r * run..<min(pairs, (r + 1) * run)).map { t in
        let now = CornerTracker.Pyramid(LumaPlane(frames, t + 1))
        defer { before = now }
        return Self.step(
          CornerTracker.matches(before, now), masks: usable?[t], isFlat: reference?.steps[t].background == 0,
          width: frames.width, height: frames.height, seed: UInt64(t))
      }
    }.flatMap { $0 }
    var path = [Homography.identity]
    for step in steps { path.append(step.map.after(path[path.count - 1])) }
    fromFirst = path
    obstacle =
      reference?.obstacle.map { "in the reference, " + $0 }
      ?? (steps.allSatisfy { $0.background == 0 } ? "the background has no corners to track" : nil)
  }

  /// Where what was in the middle of frame 0 has moved to since, px, `[T]`.
  package func displacement(width: Int, height: Int) -> [SIMD2<Double>] {
    let middle = SIMD2(Double(width - 1) / 2, Double(height - 1) / 2)
    return fromFirst.map { $0(middle) - middle }
  }

  /// - Parameter isFlat: whether the background is known to have no corners in this step.
  private static func step(
    _ matches: [Match], masks: [[Float]]?, isFlat: Bool, width: Int, height: Int, seed: UInt64
  ) -> Step {
    var candidates = matches, subject: [Match] = []
    if let masks {
      func onObject(_ p: SIMD2<Double>) -> Bool {
        let x = Int(p.x.rounded()), y = Int(p.y.rounded())
        for row in max(0, y - margin)...min(height - 1, y + margin) {
          for i in row * width + max(0, x - margin)...row * width + min(width - 1, x + margin)
          where masks.contains(where: { $0[i] > 0 }) { return true }
        }
        return false
      }
      candidates = matches.filter { !onObject($0.from) }
      subject = matches.filter { onObject($0.from) }
    }
    let still = Step(model: .still, map: .identity, background: 0, subject: subject)
    guard !isFlat else { return still }
    let first = consensus(candidates, seed: seed)
    let rest = candidates.filter { !first.contains($0) }
    let second = consensus(rest, seed: seed ^ 0x5DEE_CE66)
    let background = Self.spread(second, width, height) > Self.spread(first, width, height) ? second : first
    guard background.count >= 6, spread(background, width, height) >= 12 else { return still }
    // Corners near the tolerance are often a neighbour's: fit once more to what agrees with the fit.
    var (model, map) = CameraModel.choose(background)
    let agreeing = candidates.filter { distance(map, $0) < tolerance }
    if agreeing.count >= 6 { (model, map) = CameraModel.choose(agreeing) }
    let others = candidates.filter { distance(map, $0) >= tolerance }
    return Step(model: model, map: map, background: agreeing.count, subject: subject + (masks == nil ? others : []))
  }

  private static func distance(_ map: Homography, _ match: Match) -> Double {
    let d = map(match.from) - match.to
    return (d * d).sum().squareRoot()
  }

  /// The largest set that one similarity explains (Fischler & Bolles 1981); draws are keyed, so the same clip gives the
  /// same set.
  private static func consensus(_ matches: [Match], seed: UInt64) -> [Match] {
    guard matches.count >= 2 else { return matches }
    var random = ResamplingRandom(seed: seed), best: [Match] = []
    for _ in 0..<64 {
      let i = random.index(matches.count), j = random.index(matches.count)
      guard i != j, let map = CameraModel.similarity.fit([matches[i], matches[j]]) else { continue }
      // Neighbouring corners fix rotation and scale badly; a camera does neither by much between two frames.
      guard abs(map.m[0] - 1) < 0.2, abs(map.m[3]) < 0.2 else { continue }
      let agreeing = matches.filter { distance(map, $0) < tolerance }
      if agreeing.count > best.count { best = agreeing }
    }
    return best
  }

  /// How many cells of an 8×8 grid over the picture the matches' bounding box covers, 0…64.
  private static func spread(_ matches: [Match], _ width: Int, _ height: Int) -> Int {
    guard !matches.isEmpty else { return 0 }
    let cells = matches.map { SIMD2(Int($0.from.x * 8 / Double(width)), Int($0.from.y * 8 / Double(height))) }
    let xs = cells.map(\.x), ys = cells.map(\.y)
    return (xs.max()! - xs.min()! + 1) * (ys.max()! - ys.min()! + 1)
  }
}
