import Files
import Measures

/// What a bench says beside its primary metrics: the names of the further metrics a control wins, and whether the model
/// stands still.
package enum BenchRemarks {
  /// "frozen beats the model on 3 of 20 further metrics: psnr, ssim and …". A claim by interval and test, with a tenth
  /// of the usual draws: it says which, not by how much.
  package static func further(_ result: BenchResult) -> [String] {
    let primaries = Set(result.primaries)
    let metrics = result.metrics.compactMap { metric in
      primaries.contains(metric) || ComparedMetric.diagnostics.contains(metric)
        ? nil : result.direction(metric).map { (name: metric, direction: $0) }
    }
    guard let model = result.model, !metrics.isEmpty else { return [] }
    let parts = ComparedMetric.partition(model.instances).filter(\.isHeadline)
    return parts.flatMap { part in
      result.subjects.filter { $0.isControl && $0.note == nil && !$0.role.isTruth }.compactMap {
        control -> String? in
        let lost = metrics.filter {
          result.compared($0.name, [control], [model], of: part.members, $0.direction, draws: Bootstrap.draws / 10)?
            .outcome == .better
        }.map(\.name)
        guard !lost.isEmpty else { return nil }
        return
          "\(control.name) beats the model on \(lost.count) of \(metrics.count) further metrics\(parts.count > 1 ? " " + part.scope : ""): \(Text.listed(lost))."
      }
    }
  }

  static func staticBias(_ table: MetricTable) -> String? {
    guard let model = table.rows.first(where: { !$0.isControl }), let ratio = table[model.subject, StaticBias.metric],
      StaticBias.isSeen(ratio)
    else { return nil }
    return
      "The model is static-biased: its objects travel \(Text.short(ratio.value)) of the true path (\(StaticBias.metric) below \(StaticBias.limit)), so its consistency and flicker are flattered."
  }
}
