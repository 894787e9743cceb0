import Foundation
import Frames

/// `revisit_object_score` ∈ [0, 1] ↑ : mean of present · position · colour over the frames in which an object, having
/// been wholly gone from the picture (out of frame or hidden), stands whole in it again.
///
/// present: 1 where an object of its colour is found, else 0 and so is the product. position: 1 − distance/radius to
/// the true centroid, radius √(area/π) of the truth, not below 0. colour: 1 − ΔE2000/20 to the object's colour, not
/// below 0. Of several returning objects the frames are pooled. The camera may move: it is compensated by the true
/// path. A clip that shows an object in most of the frames in which it should be gone has nothing to bring back, and
/// its note says so; the value stands. Cannot see: its shape or its size.
public enum RevisitObjectScore: ClipMetric {
  public static let name = "revisit_object_score"
  public static let version = 2
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.scene]

  public static func measure(_ evidence: Evidence) -> Measurement {
    guard let scene = evidence.scene else { return .notApplicable("no exact truth of the scene was given") }
    switch evidence.objects {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let views): return score(views, scene, evidence.frames)
    }
  }

  private static func score(_ views: ObjectViews, _ scene: SceneTruth, _ clip: Frames) -> Measurement {
    let width = clip.width, height = clip.height
    var sum = 0.0, frames = 0, found = 0, absent = 0, shown = 0
    for track in views.tracks {
      let back = Set(Revisit.framesReturned(scene, track.object, width: width, height: height))
      if !back.isEmpty { (absent, shown) = (absent + track.absent, shown + track.shownAbsent) }
      for (t, view) in zip(track.frames, track.views) where back.contains(t) {
        frames += 1
        guard let view else { continue }
        found += 1
        let truth = Spot(scene.masks[t][track.object], width: width)
        let distance = hypot(view.x - truth.x, view.y - truth.y)
        sum +=
          max(0, 1 - distance / truth.radius)
          * max(0, 1 - colourDifference(view.colour, scene.colours[track.object]) / 20)
      }
    }
    guard frames > 0 else { return .notApplicable("no object leaves the picture and comes back") }
    let stayed =
      2 * shown > absent ? "; it never left: shown in \(shown) of \(absent) frames in which it should be gone" : ""
    return .value(sum / Double(frames), note: "found in \(found) of \(frames) frames of its return" + stayed)
  }
}
