import Files
import Measures
import Training

/// What may be claimed of two subjects on one metric, in a sentence. A claim needs an interval that excludes zero
/// **and** p < .05 after Holm (STATISTICS §3).
public struct Verdict: Sendable, Equatable {
  public let metric: String, group: String
  /// The metric, with the group's scope where there are several.
  package let place: String
  /// `subject` is held against `reference`.
  public let subject: String, reference: String
  public let outcome: PairedComparison.Outcome
  public let sentence: String
  public let comparison: PairedComparison?
  public let adjusted: Double?
  /// Whether the suite declared the metric primary.
  public let isPrimary: Bool

  /// Every variant against the first, and the best against the worst; none for a metric that is only described.
  /// - Parameter tests: size of the family p was adjusted over, for what it would take to claim more.
  package static func all(_ m: ComparedMetric, tests: Int = 1) -> [Verdict] {
    guard m.direction != nil else { return [] }
    let headlines = m.groups.filter(\.isHeadline)
    return headlines.flatMap { group -> [Verdict] in
      guard let first = group.rows.first?.subject else { return [] }
      let place = headlines.count > 1 ? "\(m.metric) (\(group.scope))" : m.metric
      return group.rows.dropFirst().filter { !$0.isControl }.map {
        Verdict(m, group, place, $0.subject, first, $0.difference, $0.adjusted, tests)
      }
        + (group.extremes.map {
          [
            Verdict(
              m, group, place, $0.subject, $0.reference, $0.difference, $0.adjusted, tests,
              opening: "Best against worst: ")
          ]
        } ?? [])
    }
  }

  private init(
    _ m: ComparedMetric, _ group: ComparedMetric.Group, _ place: String, _ subject: String, _ reference: String,
    _ difference: PairedComparison?, _ adjusted: Double?,
    _ tests: Int, opening: String = ""
  ) {
    (metric, self.group, self.place, self.subject, self.reference, isPrimary) = (
      m.metric, group.title, place, subject, reference, m.isPrimary
    )
    (comparison, self.adjusted) = (difference, adjusted)
    let (a, b) = (subject, reference)
    guard let c = difference else {
      outcome = .noDifference
      sentence = Self.capitalised(
        "\(opening)\(a) and \(b) cannot be compared on \(place): no instance has a value of both.")
      return
    }
    outcome = c.p < 0.05 && (adjusted ?? c.p) < 0.05 ? c.outcome : .noDifference
    let figures = "(" + Self.figures(m, group, c, adjusted).joined(separator: ", ") + ")",
      isAboutCheckpoints = c.scope == .checkpoints
    if outcome == .noDifference {
      let need =
        m.isPrimary ? c.detectable(tests: max(1, tests)).map { "; " + $0.sentence(c.difference.unit) } ?? "" : ""
      sentence = Self.capitalised(
        "\(opening)no difference between \(isAboutCheckpoints ? "the checkpoints " : "")\(a) and \(b) can be claimed on \(place): \(a) − \(b) is \(Self.measured(c.difference, 1)) \(figures)\(need)."
      )
    } else {
      // The amount is printed positive whichever way the metric runs: "better by", "worse by".
      let amount = Self.measured(c.difference, c.difference.value)
      sentence = Self.capitalised(
        "\(opening)\(isAboutCheckpoints ? "of these checkpoints, " : "")\(a) is \(outcome.rawValue) than \(b) on \(place) by \(amount)\(m.direction == .lower ? "; lower is better" : "") \(figures)."
      )
    }
  }

  /// "40 instances", what was left out, seeds, p, and what the interval is worth where that is not 95 %.
  private static func figures(
    _ m: ComparedMetric, _ group: ComparedMetric.Group, _ c: PairedComparison, _ adjusted: Double?
  ) -> [String] {
    let left = group.instances - c.difference.n
    return [
      "\(c.difference.n) \(m.metric == HeldOutLosses.metric ? "clips" : "instances")",
      left > 0 ? "\(left) left out where it does not apply" : nil,
      c.seeds.a + c.seeds.b > 2 ? "\(c.seeds.a) and \(c.seeds.b) training seeds" : nil,
      p(c.p, adjusted) + (m.isPrimary ? "" : ", not adjusted: not a primary metric"),
      c.coverage.flatMap { $0.isNominal ? nil : $0.sentence },
    ].compactMap { $0 }
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  /// "4.2 [1.1, 7.3] points of 100", with the sign turned when asked.
  package static func measured(_ e: Estimate, _ sign: Double) -> String {
    var turned = e
    if sign < 0 { (turned.value, turned.low, turned.high) = (-e.value, e.high.map { -$0 }, e.low.map { -$0 }) }
    let isSaid = !e.unit.isEmpty && MetricUnit(rawValue: e.unit)?.isSaid != false
    return Text.minus(turned.text) + (isSaid ? " " + e.unit : "")
  }

  private static func p(_ p: Double, _ adjusted: Double?) -> String {
    guard let adjusted, adjusted != p else { return Self.p(p) }
    let (plain, after) = (Self.p(p, ""), Self.p(adjusted, ""))
    return plain == after ? "\(Self.p(p)) after Holm" : "\(Self.p(p)), \(after) after Holm"
  }

  /// "p = 0.031", "p < 0.001".
  package static func p(_ p: Double, _ name: String = "p ") -> String {
    let sign = name.isEmpty ? "" : "= "
    return p < 0.001 ? "\(name)< 0.001" : name + sign + Text.fixed(p, p < 0.1 ? 3 : 2)
  }

  public var json: Value {
    [
      "metric": .string(metric), "group": .string(group), "subject": .string(subject), "reference": .string(reference),
      "verdict": .string(outcome.rawValue),
      "primary": .bool(isPrimary), "scope": Value(comparison?.scope.rawValue), "sentence": .string(sentence),
      "difference": comparison?.difference.json ?? .null,
      "p": Value(comparison?.p), "p_adjusted": Value(adjusted),
    ]
  }
}
