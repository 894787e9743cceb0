import Files
import Measures

/// What may be claimed of two subjects on one metric, in a sentence. A claim needs an interval that excludes zero **and** p < .05
/// after Holm (METRICS §7).
public struct Verdict: Sendable, Equatable {
  public let metric: String, group: String
  /// `subject` is held against `reference`.
  public let subject: String, reference: String
  public let outcome: PairedComparison.Verdict
  public let sentence: String
  public let comparison: PairedComparison?
  public let adjusted: Double?

  /// Every verdict of a metric; none for a metric that is only described.
  static func all(_ m: ComparedMetric, _ pairing: ComparedMetric.Pairing) -> [Verdict] {
    guard let direction = m.direction else { return [] }
    let headlines = m.groups.filter(\.isHeadline)
    return headlines.flatMap { group -> [Verdict] in
      guard let first = group.rows.first?.subject else { return [] }
      return group.rows.dropFirst().compactMap { row in
        switch pairing {
        case .withFirst: row.isControl ? nil : Verdict(m, direction, group, row, row.subject, first, whom: "Of these checkpoints, ", named: headlines.count > 1)
        case .withControls: Verdict(m, direction, group, row, first, row.subject, whom: "", named: headlines.count > 1)
        }
      }
    }
  }

  private init(_ m: ComparedMetric, _ direction: PairedComparison.Direction, _ group: ComparedMetric.Group, _ row: ComparedMetric.Row, _ subject: String, _ reference: String,
               whom: String, named: Bool) {
    (metric, self.group, self.subject, self.reference) = (m.metric, group.title, subject, reference)
    (comparison, adjusted) = (row.difference, row.adjusted)
    let (a, b) = (Self.called(subject), Self.called(reference))
    let place = named ? "\(m.metric) (\(group.scope))" : m.metric
    guard let c = row.difference else {
      outcome = .noDifference
      sentence = "\(Self.opening(a)) and \(b) cannot be compared on \(place): no instance has a value of both."
      return
    }
    outcome = c.p < 0.05 && (row.adjusted ?? c.p) < 0.05 ? c.verdict : .noDifference
    let left = group.instances - c.difference.n
    let figures = "(\(c.difference.n) \(m.metric == HeldOutComparison.metric ? "clips" : "instances")\(left > 0 ? ", \(left) left out where it does not apply" : ""), \(Self.p(c.p, row.adjusted)))"
    if outcome == .noDifference {
      sentence = "No difference between \(whom.isEmpty ? "" : "the checkpoints ")\(a) and \(b) can be claimed on \(place): \(a) − \(b) is \(Self.measured(c.difference, 1)) \(figures)."
    } else {
      // The amount is printed positive whichever way the metric runs: "better by", "worse by".
      let amount = Self.measured(c.difference, c.difference.value)
      sentence = "\(whom.isEmpty ? Self.opening(a) : whom + a) is \(outcome.rawValue) than \(b) on \(place) by \(amount)\(direction == .lower ? "; lower is better" : "") \(figures)."
    }
  }

  /// A bench's own subject reads "the model"; runs are letters, controls have names.
  static func called(_ subject: String) -> String { subject == "model" ? "the model" : subject }

  private static func opening(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  /// "4.2 [1.1, 7.3] points of 100", with the sign turned when asked.
  static func measured(_ e: Estimate, _ sign: Double) -> String {
    var turned = e
    if sign < 0 { (turned.value, turned.low, turned.high) = (-e.value, e.high.map { -$0 }, e.low.map { -$0 }) }
    return Text.minus(turned.text) + (e.unit.isEmpty || e.unit.hasPrefix("share") || e.unit.hasPrefix("mean") ? "" : " " + e.unit)
  }

  private static func p(_ p: Double, _ adjusted: Double?) -> String {
    guard let adjusted, adjusted != p else { return Self.p(p) }
    let (plain, after) = (Self.p(p, ""), Self.p(adjusted, ""))
    return plain == after ? "\(Self.p(p)) after Holm" : "\(Self.p(p)), \(after) after Holm"
  }

  /// "p = 0.031", "p < 0.001".
  static func p(_ p: Double, _ name: String = "p ") -> String {
    let sign = name.isEmpty ? "" : "= "
    return p < 0.001 ? "\(name)< 0.001" : name + sign + Text.fixed(p, p < 0.1 ? 3 : 2)
  }

  public var json: Value {
    ["metric": .string(metric), "group": .string(group), "subject": .string(subject), "reference": .string(reference), "verdict": .string(outcome.rawValue),
     "sentence": .string(sentence), "difference": comparison?.difference.json ?? .null, "p": Value(comparison?.p), "p_adjusted": Value(adjusted)]
  }
}
