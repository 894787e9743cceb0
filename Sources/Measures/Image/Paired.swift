import Frames

/// What metrics against a reference clip share: the check that there is one of the same size and length, and the mean
/// over frames.
enum Paired {
  /// Why a clip cannot be held against its reference; nil when it can.
  static func obstacle(_ evidence: Evidence) -> String? {
    let clip = evidence.frames
    guard let reference = evidence.reference else { return "no reference clip was given" }
    guard clip.width == reference.width, clip.height == reference.height else {
      return "the clip is \(clip.width)x\(clip.height), its reference \(reference.width)x\(reference.height)"
    }
    guard clip.count == reference.count else {
      return "the clip has \(clip.count) frames, its reference \(reference.count)"
    }
    return clip.count > 0 ? nil : "the clip has no frames"
  }

  /// Mean over frames of `score(clip's luma, reference's luma)`.
  /// - Parameter least: the shortest side in pixels that `score` can take.
  static func mean(_ evidence: Evidence, least: Int, _ score: (LumaPlane, LumaPlane) -> Double) -> Measurement {
    if let obstacle = obstacle(evidence) { return .notApplicable(obstacle) }
    let clip = evidence.frames, reference = evidence.reference!
    guard min(clip.width, clip.height) >= least else {
      return .notApplicable("needs sides of \(least) pixels; the clip is \(clip.width)x\(clip.height)")
    }
    let sum = (0..<clip.count).reduce(0.0) { $0 + score(LumaPlane(clip, $1), LumaPlane(reference, $1)) }
    return .value(sum / Double(clip.count), note: "")
  }
}
