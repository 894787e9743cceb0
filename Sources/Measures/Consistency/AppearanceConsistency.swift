import Frames

/// `appearance_consistency_hogcolor` ∈ [0, 1] ↑ : mean over t ≥ 1 of ½[cos(d(t−1), d(t)) + cos(d(0), d(t))], d the
/// edges and colours of each object followed (`HOGColour`), or of the whole frame where no scene truth says which
/// objects there are.
///
/// VBench's subject consistency (Huang et al., CVPR 2024) with a weight-free feature in place of DINO; not comparable
/// with it. With objects, d is taken over the frames in which the truth is whole, from a square around what is found
/// there, background left out; an object that should be there and is not counts as 0. Several objects are averaged.
/// Cannot see: where an object is, or a frozen clip, which scores 1. Of a whole frame, a moving camera or subject
/// lowers it though nothing is wrong.
public enum AppearanceConsistency: ClipMetric {
  public static let name = "appearance_consistency_hogcolor"
  public static let version = 2
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.frozen, .blur]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 2 else { return .notApplicable("consistency needs 2 frames; the clip has \(frames.count)") }
    guard evidence.scene != nil else {
      return .value(
        score((0..<frames.count).map { whole(frames, $0) }),
        note: "whole frame: motion of camera or subject lowers it too")
    }
    return ObjectDrift.mean(evidence) { track in
      score(zip(track.frames, track.views).map { t, view in view.map { crop(frames, t, $0) } })
    }
  }

  /// ½(previous + first), the first being the first that was found; a lost frame resembles nothing.
  private static func score(_ features: [HOGColour?]) -> Double {
    guard let first = features.first(where: { $0 != nil }) ?? nil else { return 0 }
    let pairs = zip(features.dropFirst(), features).map { now, before -> Double in
      guard let now else { return 0 }
      return 0.5 * ((before.map { $0.similarity(to: now) } ?? 0) + first.similarity(to: now))
    }
    return pairs.reduce(0, +) / Double(pairs.count)
  }

  private static func whole(_ frames: Frames, _ t: Int) -> HOGColour {
    HOGColour(
      TentSampler(side: HOGColour.side).sample(
        frames, t, left: 0, top: 0, width: Double(frames.width), height: Double(frames.height)))
  }

  /// A square about the centroid, a quarter larger than the object.
  private static func crop(_ frames: Frames, _ t: Int, _ view: ObjectViews.View) -> HOGColour {
    let size = 1.25 * Double(max(view.high.x - view.low.x, view.high.y - view.low.y) + 1), left = view.x - size / 2,
      top = view.y - size / 2
    let sampler = TentSampler(side: HOGColour.side)
    let coverage = sampler.sample(
      view.coverage, rows: frames.height, columns: frames.width, left: left, top: top, width: size, height: size)
    return HOGColour(sampler.sample(frames, t, left: left, top: top, width: size, height: size), coverage: coverage)
  }
}
