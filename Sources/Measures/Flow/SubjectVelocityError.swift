import Frames

/// `subject_velocity_error` ≥ 0 px/frame ↓ : mean over steps and objects of the distance between an object's velocity
/// less the camera's, as corners on it show it, and as the scene has it.
///
/// An object's velocity is the median of the corners that start under its mask; the exact one is the mean of the exact
/// flow there. Steps at which an object has no corner, or nothing shows a camera that moves, do not count; the note
/// says how many. Cannot see: objects without texture (no corners), or what is not where the scene has its object.
public enum SubjectVelocityError: ClipMetric {
  public static let name = "subject_velocity_error"
  public static let version = 2
  public static let unit = "px/frame"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.scene]
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .swap]

  public static func measure(_ evidence: Evidence) -> Measurement {
    switch evidence.sceneOfSameSize() {
    case .failure(let unfit): return .notApplicable(unfit.reason)
    case .success(let scene):
      guard evidence.camera.steps.count == scene.flow.count, !scene.flow.isEmpty else {
        return .notApplicable(evidence.camera.obstacle ?? "the clip has one frame")
      }
      var errors: [Double] = [], asked = 0
      for (t, step) in evidence.camera.steps.enumerated() {
        let isCameraSeen = step.background > 0 || scene.camera[t] == scene.camera[t + 1]
        for mask in scene.masks[t] {
          guard let exact = velocity(scene, t, mask) else { continue }
          asked += 1
          guard isCameraSeen else { continue }
          let moves = step.subject.filter { covers(mask, $0.from, evidence.frames.width, evidence.frames.height) }.map {
            $0.to - step.map($0.from)
          }
          guard let seen = median(moves) else { continue }
          let d = seen - exact
          errors.append((d * d).sum().squareRoot())
        }
      }
      guard !errors.isEmpty else { return .notApplicable(evidence.camera.obstacle ?? "no object has corners to track") }
      return .value(
        errors.reduce(0, +) / Double(errors.count),
        note: errors.count < asked ? "\(asked - errors.count) of \(asked) object steps show no corner or no camera" : ""
      )
    }
  }

  /// Mean exact flow under a mask less the camera's step; nil where the object is not seen in both frames.
  private static func velocity(_ scene: SceneTruth, _ t: Int, _ mask: [Float]) -> SIMD2<Double>? {
    var sum = SIMD2<Double>.zero, n = 0.0
    for i in mask.indices where mask[i] > 0.99 && scene.known[t][i] {
      sum += SIMD2<Double>(scene.flow[t][i])
      n += 1
    }
    return n > 0 ? sum / n - (scene.camera[t + 1] - scene.camera[t]) : nil
  }

  private static func covers(_ mask: [Float], _ p: SIMD2<Double>, _ width: Int, _ height: Int) -> Bool {
    mask[min(max(Int(p.y.rounded()), 0), height - 1) * width + min(max(Int(p.x.rounded()), 0), width - 1)] > 0.5
  }

  /// Of each component.
  private static func median(_ moves: [SIMD2<Double>]) -> SIMD2<Double>? {
    guard !moves.isEmpty else { return nil }
    return SIMD2(moves.map(\.x).sorted()[moves.count / 2], moves.map(\.y).sorted()[moves.count / 2])
  }
}
