import Files
import Foundation
import Frames
import Measures

/// What the controls say of models on one metric (docs/BENCH.md, "Controls"): a control that wins is named, because a
/// frozen clip wins most consistency scores; so is every control the models beat. The tests are plain, not adjusted: to
/// miss a control that wins is the worse error.
public struct ControlRemark: Sendable, Equatable {
  public let metric: String
  /// The metric, with its scope where there are several: "physics_tol5 (out of distribution)".
  package let place: String
  /// Who fares so; several models that fare alike share a remark.
  public let models: [String]
  /// Controls that beat them, that they beat, and from which no difference can be claimed.
  public let winners: [String], beaten: [String], even: [String]

  /// - Parameter met: how the models did against each control.
  private init?(
    _ metric: String, _ place: String, _ models: [String], _ met: [(control: String, outcome: PairedComparison.Outcome)]
  ) {
    guard !met.isEmpty else { return nil }
    func those(_ outcome: PairedComparison.Outcome) -> [String] { met.filter { $0.outcome == outcome }.map(\.control) }
    (self.metric, self.place, self.models) = (metric, place, models)
    (winners, beaten, even) = (those(.worse), those(.better), those(.noDifference))
  }

  /// The model of a bench against its controls, a remark a headline group.
  package static func all(_ study: ComparedMetric) -> [ControlRemark] {
    let headlines = study.groups.filter(\.isHeadline)
    return study.direction == nil
      ? []
      : headlines.compactMap { group in
        ControlRemark(
          study.metric, headlines.count > 1 ? "\(study.metric) (\(group.scope))" : study.metric, ["the model"],
          group.rows.filter { !$0.party.isTruth }.compactMap { row in
            row.difference.map { (row.subject, $0.outcome) }
          })
      }
  }

  /// Models against every control on each judged metric: of the metrics that are not primary only what a control wins.
  /// A control has no training seeds, so these speak of the checkpoints, averaged over their seeds.
  package static func all(
    _ result: BenchResult, _ metrics: [(name: String, isPrimary: Bool)], models: [ComparedMetric.Party]
  ) throws -> [ControlRemark] {
    let parts = ComparedMetric.partition(result.subjects.first?.instances ?? []).filter(\.isHeadline)
    let controls = result.subjects.filter { $0.isControl && $0.note == nil && !$0.role.isTruth }
    return try concurrently(metrics.count, threads: ProcessInfo.processInfo.activeProcessorCount) {
      i -> [ControlRemark] in
      let (metric, isPrimary) = metrics[i]
      guard let direction = result.direction(metric), !ComparedMetric.diagnostics.contains(metric) else { return [] }
      return parts.flatMap { part -> [ControlRemark] in
        let place = parts.count > 1 ? "\(metric) (\(part.scope))" : metric
        return alike(
          models.compactMap { model in
            let checkpoints = model.subjects.compactMap { result[$0] }
            return ControlRemark(
              metric, place, [model.name],
              controls.compactMap { control in
                result.compared(
                  metric, checkpoints, [control], of: part.members, direction,
                  draws: isPrimary ? Bootstrap.draws : Bootstrap.draws / 10
                ).map { (control.name, $0.outcome) }
              })
          }
        ).filter { isPrimary || !$0.winners.isEmpty }
      }
    }.flatMap { $0 }
  }

  private static func alike(_ remarks: [ControlRemark]) -> [ControlRemark] {
    remarks.reduce(into: []) { grouped, remark in
      if let place = grouped.firstIndex(where: {
        $0.winners == remark.winners && $0.beaten == remark.beaten && $0.even == remark.even
      }) {
        grouped[place] = ControlRemark(grouped[place], models: grouped[place].models + remark.models)
      } else {
        grouped.append(remark)
      }
    }
  }

  private init(_ other: ControlRemark, models: [String]) {
    (metric, place, self.models, winners, beaten, even) = (
      other.metric, other.place, models, other.winners, other.beaten, other.even
    )
  }
}

// MARK: in words

extension ControlRemark {
  /// "On physics_tol5, A is beaten by constant-acceleration; it beats frozen and shuffled."
  public var sentence: String {
    let isOne = models.count == 1, who = Text.listed(models)
    if winners.isEmpty, beaten.isEmpty, even.count > 1 {
      return "On \(place), no difference between \(who) and any of the \(even.count) controls can be claimed."
    }
    var parts: [String] = []
    if !winners.isEmpty { parts.append("\(who) \(isOne ? "is" : "are") beaten by \(Text.listed(winners))") }
    if !beaten.isEmpty {
      parts.append("\(parts.isEmpty ? who : isOne ? "it" : "they") \(isOne ? "beats" : "beat") \(Text.listed(beaten))")
    }
    if !even.isEmpty {
      parts.append("no difference \(parts.isEmpty ? "between \(who) and" : "from") \(Text.listed(even)) can be claimed")
    }
    return "On \(place), \(parts.joined(separator: "; "))."
  }

  /// For a heading: who won.
  package var word: String {
    winners.isEmpty
      ? beaten.isEmpty ? "no difference" : even.isEmpty ? "beats them all" : "no control wins" : "a control wins"
  }
}
