import Foundation
import Frames

/// What a clip on a loop path shows again: the frames in which the camera is back, and the frames in which an object
/// has come back.
enum Revisit {
  /// Frames in which the camera, having been away, is on its way home: after its farthest point, and nearer to the
  /// start than half way. Empty when it never moves four pixels or never returns.
  static func framesBack(_ scene: SceneTruth) -> [Int] {
    guard let home = scene.camera.first else { return [] }
    let away = scene.camera.map { offset -> Double in
      let d = offset - home
      return (d.x * d.x + d.y * d.y).squareRoot()
    }
    guard let farthest = away.indices.max(by: { away[$0] < away[$1] }), away[farthest] >= 4 else { return [] }
    return away.indices.filter { $0 > farthest && $0 >= scene.conditioning && away[$0] <= away[farthest] / 2 }
  }

  /// Frames in which object `k` stands whole in the picture again after being wholly gone from it.
  static func framesReturned(_ scene: SceneTruth, _ k: Int, width: Int, height: Int) -> [Int] {
    let gone = Set(scene.framesGone(k)), whole = scene.framesWhole(k, width: width, height: height)
    // Only a return counts: it was seen, then gone, then seen.
    guard let seen = scene.masks.indices.first(where: { !gone.contains($0) }),
      let left = scene.masks.indices[seen...].first(where: gone.contains)
    else { return [] }
    return whole.filter { $0 > left && $0 >= scene.conditioning }
  }

  static func images(_ evidence: Evidence, _ score: (Evidence) -> Measurement) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    guard let scene = evidence.scene else {
      return .notApplicable("no scene truth was given, so the camera's path is unknown")
    }
    guard scene.camera.count == evidence.frames.count else {
      return .notApplicable("the scene's camera does not have the clip's length")
    }
    let back = framesBack(scene)
    guard !back.isEmpty else { return .notApplicable("the camera does not leave and come back") }
    switch score(Evidence(evidence.frames.picking(back), reference: evidence.reference!.picking(back))) {
    case .value(let value, _): return .value(value, note: "\(back.count) frames of the way back")
    case .notJudged(let value, let reason): return .notJudged(value, reason)
    case .notApplicable(let reason): return .notApplicable(reason)
    }
  }
}
