import Measures

/// Models against what no model made: a control that wins is said in words (METRICS §1), because a frozen clip wins most
/// consistency scores; so is a model's lead on the headline metric.
enum CompareControls {
  /// What no model is expected to beat.
  static let truths: Set<String> = ["ground-truth", "re-encoded"]

  static func sentences(_ result: BenchResult, _ metrics: [String]) -> [String] {
    let headlines = ComparedMetric.partition(result.subjects.first?.instances ?? []).filter(\.isHeadline)
    let judged = metrics.filter { result.direction($0) != nil && !ComparedMetric.diagnostics.contains($0) }
    return result.subjects.filter { !$0.isControl }.flatMap { model in
      judged.flatMap { metric in
        headlines.compactMap { part in
          sentence(result, model, metric, part.members, place: headlines.count > 1 ? "\(metric) (\(part.title))" : metric, isHeadline: metric == judged.first)
        }
      }
    }
  }

  private static func sentence(_ result: BenchResult, _ model: BenchResult.Subject, _ metric: String, _ members: [Int], place: String, isHeadline: Bool) -> String? {
    guard let direction = result.direction(metric) else { return nil }
    let faced = result.subjects.filter { $0.isControl && !truths.contains($0.name) }.compactMap { control in
      result.paired(members.map { model.instances[$0] }, members.map { control.instances[$0] }, metric, direction).map { (name: control.name, c: $0) }
    }
    func amount(_ c: PairedComparison) -> String { Verdict.measured(c.difference, c.difference.value) }
    let beaten = faced.filter { $0.c.verdict == .worse }
    if !beaten.isEmpty { return "On \(place), \(model.name) is beaten by " + beaten.map { "\($0.name) (by \(amount($0.c)))" }.joined(separator: " and ") + "." }
    guard isHeadline else { return nil }
    // The hardest control is the one with the smallest lead over it.
    let sign: Double = direction == .higher ? 1 : -1
    guard let hardest = faced.min(by: { sign * $0.c.difference.value < sign * $1.c.difference.value }) else { return nil }
    return hardest.c.verdict == .better
      ? "On \(place), \(model.name) beats every control; the nearest is \(hardest.name), by \(amount(hardest.c))."
      : "On \(place), no lead of \(model.name) over \(hardest.name) can be claimed: \(Verdict.measured(hardest.c.difference, 1))."
  }
}
