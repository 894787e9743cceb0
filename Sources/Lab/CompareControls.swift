import Measures

/// Models against what no model made: a control that wins is said in words (METRICS §1), because a frozen clip wins most
/// consistency scores; so is a model's lead on the headline metric. These are plain, unadjusted comparisons.
enum CompareControls {
  /// What no model is expected to beat.
  static let truths: Set<String> = ["ground-truth", "re-encoded"]

  /// On the headline metric a sentence a model, with figures; on the others one a metric, naming the controls that win.
  /// - Parameter models: what is held against the controls; every subject that is no control when nil.
  static func sentences(_ result: BenchResult, _ metrics: [String], models: [ComparedMetric.Party]? = nil) -> [String] {
    let headlines = ComparedMetric.partition(result.subjects.first?.instances ?? []).filter(\.isHeadline)
    let judged = metrics.filter { result.direction($0) != nil && !ComparedMetric.diagnostics.contains($0) }
    let models = models ?? result.subjects.filter { !$0.isControl }.map { .init(name: $0.name, isControl: false, subjects: [$0.name]) }
    return judged.flatMap { metric in
      headlines.flatMap { part -> [String] in
        let place = headlines.count > 1 ? "\(metric) (\(part.scope))" : metric
        let faced = models.map { (model: Verdict.called($0.name), met: meetings(result, $0, metric, part.members)) }
        return metric == result.metrics.first ? faced.compactMap { detailed($0.model, $0.met, place) } : summary(faced, place)
      }
    }
  }

  private typealias Meeting = (control: String, c: PairedComparison)

  /// A control has no training seeds, so these speak of the checkpoints, averaged over their seeds.
  private static func meetings(_ result: BenchResult, _ model: ComparedMetric.Party, _ metric: String, _ members: [Int]) -> [Meeting] {
    guard let direction = result.direction(metric) else { return [] }
    let checkpoints = model.subjects.compactMap { result[$0] }
    return result.subjects.filter { $0.isControl && !truths.contains($0.name) }.compactMap { control in
      result.compared(metric, checkpoints, [control], of: members, direction).map { (control.name, $0) }
    }
  }

  private static func detailed(_ model: String, _ met: [Meeting], _ place: String) -> String? {
    func named(_ verdict: PairedComparison.Verdict) -> String? {
      let some = met.filter { $0.c.verdict == verdict }.map { "\($0.control) by \(Verdict.measured($0.c.difference, $0.c.difference.value))" }
      return some.isEmpty ? nil : Text.listed(some)
    }
    let even = met.filter { $0.c.verdict == .noDifference }.map { "\($0.control) (\(Verdict.measured($0.c.difference, 1)))" }
    let parts = [named(.better).map { "\(model) beats \($0)" }, named(.worse).map { "\(model) is beaten by \($0)" },
                 even.isEmpty ? nil : "no difference between \(model) and \(Text.listed(even)) can be claimed"].compactMap { $0 }
    return parts.isEmpty ? nil : "On \(place), \(parts.joined(separator: "; "))."
  }

  private static func summary(_ faced: [(model: String, met: [Meeting])], _ place: String) -> [String] {
    let winners = faced.map { face in (model: face.model, controls: face.met.filter { $0.c.verdict == .worse }.map(\.control)) }.filter { !$0.controls.isEmpty }
    // Models that lose to the same controls share a sentence.
    var groups: [(controls: [String], models: [String])] = []
    for w in winners {
      if let place = groups.firstIndex(where: { $0.controls == w.controls }) { groups[place].models.append(w.model) } else { groups.append((w.controls, [w.model])) }
    }
    return groups.map { "On \(place), \(Text.listed($0.models)) \($0.models.count == 1 ? "is" : "are") beaten by \(Text.listed($0.controls))." }
  }
}

extension Text {
  /// "a", "a and b", "a, b and c".
  static func listed(_ items: [String]) -> String {
    items.count < 2 ? items.joined() : items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
  }
}
