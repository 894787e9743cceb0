import Media

/// Estimates over the instances of a bench, from their scores.
public enum PhysicsSummary {
  /// `physics_tol5`, `validity` and `motion_ratio`, each a mean of scenario means with its interval.
  /// - Parameters:
  ///   - protocol conditions: resolution, fps, frames, suite, cell, … shared by all scores.
  public static func estimates(_ scores: [PhysicsScore], _ conditions: [MetricProtocol.Condition], seed: UInt64 = 0) -> [Estimate] {
    let strata = scores.map(\.scenario)
    let score = Estimate(
      of: scores.map(\.score), strata: strata, protocol: MetricProtocol(PhysicsTol5.name, conditions), unit: PhysicsTol5.unit, seed: seed)
    let validity = Estimate(of: scores.map(\.validity), strata: strata, protocol: MetricProtocol("validity", conditions), unit: "share", seed: seed)
    return [score, validity, motion(scores, conditions, seed)]
  }

  private static func motion(_ scores: [PhysicsScore], _ conditions: [MetricProtocol.Condition], _ seed: UInt64) -> Estimate {
    let stamp = MetricProtocol("motion_ratio", conditions), known = scores.filter { $0.motionRatio != nil }
    guard !known.isEmpty else { return .notApplicable("no object could be followed", protocol: stamp, unit: "share of the true path") }
    var estimate = Estimate(
      of: known.compactMap(\.motionRatio), strata: known.map(\.scenario), protocol: stamp, unit: "share of the true path", seed: seed)
    var notes: [String] = []
    if estimate.value < 0.5 { notes.append("static-biased: less than half of the true movement") }
    if known.count < scores.count { notes.append("\(scores.count - known.count) of \(scores.count) clips show nothing to follow") }
    estimate.note = notes.joined(separator: "; ")
    return estimate
  }
}
