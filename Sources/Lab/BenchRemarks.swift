import Measures

/// What the controls say of a model, in words (METRICS §1): on the primaries a sentence each with figures, on the other metrics the names
/// of what a control wins; and whether the model stands still.
package enum BenchRemarks {
  package static func sentences(_ result: BenchResult) -> [String] {
    guard let ordered = ReportBench.ordered(result) else { return [] }
    return CompareControls.sentences(ordered, result.primaries) + others(ordered) + [staticBias(result)].compactMap { $0 }
  }

  /// "On 3 further metrics frozen beats the model: psnr, ssim and …".
  private static func others(_ result: BenchResult) -> [String] {
    let primaries = Set(result.primaries), metrics = result.metrics.filter { !primaries.contains($0) && !ComparedMetric.diagnostics.contains($0) && result.direction($0) != nil }
    guard let model = result.subjects.first, !metrics.isEmpty else { return [] }
    let parts = ComparedMetric.partition(model.instances).filter(\.isHeadline)
    return parts.flatMap { part -> [String] in
      let own = part.members.map { model.instances[$0] }
      return result.subjects.filter { $0.isControl && $0.note == nil && !CompareControls.truths.contains($0.name) }.compactMap { control in
        let its = part.members.map { control.instances[$0] }
        let lost = metrics.filter { beats(its, own, $0, result) }
        guard !lost.isEmpty else { return nil }
        return "\(control.name) beats the model on \(lost.count) of \(metrics.count) further metrics\(parts.count > 1 ? " " + part.scope : ""): \(Text.listed(lost))."
      }
    }
  }

  /// A claim by interval and test, with a tenth of the usual draws: it says which, not by how much.
  private static func beats(_ a: [BenchResult.Instance], _ b: [BenchResult.Instance], _ metric: String, _ result: BenchResult) -> Bool {
    let pairs = zip(a, b).compactMap { a, b in a.judged(metric).flatMap { x in b.judged(metric).map { (x, $0, BenchResult.stratum(a)) } } }
    guard let direction = result.direction(metric), !pairs.isEmpty else { return false }
    let values = Replicates([pairs.map(\.0)], minus: [pairs.map(\.1)], strata: pairs.map(\.2))
    return (try? PairedComparison(values, better: direction, protocol: MetricProtocol(metric), unit: "", draws: Bootstrap.draws / 10))?.verdict == .better
  }

  /// METRICS §9: a clip that hardly moves wins on consistency and flicker.
  private static func staticBias(_ result: BenchResult) -> String? {
    guard let model = result.model, case let ratio = result.estimate(model.name, "motion_ratio"), ratio.value < 0.5 else { return nil }
    return "The model is static-biased: its objects travel \(Text.short(ratio.value)) of the true path (motion_ratio below 0.5), so its consistency and flicker are flattered."
  }
}
