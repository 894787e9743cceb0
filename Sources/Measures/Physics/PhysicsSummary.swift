import Media

/// Estimates over the instances of a bench, from the judge's verdicts.
public enum PhysicsSummary {
  /// Every metric of the catalogue that some instance has, a mean of scenario means with its interval. A metric that some instances lack
  /// says in its note how many, and why the first of them does.
  /// - Parameters:
  ///   - protocol conditions: resolution, fps, frames, suite, cell, … shared by all verdicts.
  public static func estimates(_ verdicts: [PhysicsVerdict], _ conditions: [MetricProtocol.Condition], seed: UInt64 = 0) -> [Estimate] {
    PhysicsMetrics.all.compactMap { metric in
      let known = verdicts.filter { $0.values[metric.name] != nil }, lacking = verdicts.filter { $0.notes[metric.name] != nil }
      guard !known.isEmpty || !lacking.isEmpty else { return nil }
      let stamp = MetricProtocol(metric.name, version: metric.version, conditions)
      guard !known.isEmpty else { return .notApplicable(lacking[0].notes[metric.name] ?? "", protocol: stamp, unit: metric.unit) }
      var estimate = Estimate(
        of: known.compactMap { $0.values[metric.name] }, strata: known.map(\.score.scenario), protocol: stamp, unit: metric.unit, seed: seed)
      var notes: [String] = []
      if metric.name == "motion_ratio", estimate.value < 0.5 { notes.append("static-biased: less than half of the true movement") }
      if let first = lacking.first { notes.append("\(lacking.count) of \(verdicts.count) clips have none (\(first.score.id): \(first.notes[metric.name] ?? ""))") }
      estimate.note = notes.joined(separator: "; ")
      return estimate
    }
  }
}
