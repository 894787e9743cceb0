import Charts
import Files
import Frames
import Measures

/// How every metric answers to damage of known kind and strength: the curves that say what a score can and cannot see.
public struct ScoreCalibration: Sendable {
  /// A sound clip to damage; with the scene's truth where a program drew it.
  public struct Clip: Sendable {
    public let name: String
    public let frames: Frames
    public let scene: SceneTruth?
    public init(_ name: String, _ frames: Frames, scene: SceneTruth? = nil) {
      (self.name, self.frames, self.scene) = (name, frames, scene)
    }
  }

  /// What a metric says of itself: that it orders this damage, that it is blind to it, or neither.
  public enum Claim: String, Sendable { case orders, blind, open }

  /// One metric's answer to one kind of damage on one clip.
  public struct Response: Sendable {
    public let clip, metric, unit: String
    public let better: PairedComparison.Direction
    public let damage, damageUnit: String
    public let claim: Claim
    /// From 0, the sound clip, upward.
    public let strengths: [Double]
    /// Nil where the metric does not apply.
    public let values: [Double?]

    public init(
      clip: String, metric: any ClipMetric.Type, damage: String, damageUnit: String, claim: Claim, strengths: [Double],
      values: [Double?]
    ) {
      self.init(
        clip: clip, metric: metric.name, unit: metric.unit, better: metric.better, damage: damage,
        damageUnit: damageUnit, claim: claim, strengths: strengths, values: values)
    }

    /// For scores that are no clip metrics, such as those of physics under a wrong law.
    public init(
      clip: String, metric: String, unit: String, better: PairedComparison.Direction, damage: String,
      damageUnit: String, claim: Claim, strengths: [Double], values: [Double?]
    ) {
      (self.clip, self.metric, self.unit, self.better, self.damage, self.damageUnit) = (
        clip, metric, unit, better, damage, damageUnit
      )
      (self.claim, self.strengths, self.values) = (claim, strengths, values)
    }

    /// Whether the metric applies to the sound clip at all.
    public var isMeasured: Bool { values.first.map { $0 != nil } ?? false }

    /// Whether each step of damage is strictly worse than the one before.
    public var isOrdered: Bool {
      zip(values, values.dropFirst()).allSatisfy { before, after in
        guard let before, let after else { return false }
        return better == .higher ? after < before : after > before
      }
    }

    /// A claim to order this damage that the values contradict.
    public var isViolated: Bool { claim == .orders && isMeasured && !isOrdered }
  }

  public let responses: [Response]
  public var violations: [Response] { responses.filter(\.isViolated) }

  /// - Parameters:
  ///   - metrics: of the catalogue.
  ///   - extra: responses measured elsewhere, shown beside these.
  ///   - done: called after each damaged clip, from any thread.
  public init(
    _ clips: [Clip], metrics: [any ClipMetric.Type] = ClipMetrics.all, extra: [Response] = [], threads: Int = 1,
    done: @escaping @Sendable () -> Void = {}
  ) throws {
    var responses: [Response] = []
    for clip in clips {
      let jobs = Corruption.allCases.flatMap { damage in damage.strengths.map { (damage: damage, strength: $0) } }
      let sound = try Self.measure(clip, nil, 0, metrics)
      let damaged = try concurrently(jobs.count, threads: threads) { k in
        defer { done() }
        return try Self.measure(clip, jobs[k].damage, jobs[k].strength, metrics)
      }
      for (m, metric) in metrics.enumerated() {
        for damage in Corruption.allCases {
          let values = jobs.indices.filter { jobs[$0].damage == damage }.map { damaged[$0][m] }
          let claim: Claim = metric.orders.contains(damage) ? .orders : metric.blindTo.contains(damage) ? .blind : .open
          responses.append(
            Response(
              clip: clip.name, metric: metric, damage: damage.rawValue, damageUnit: damage.unit, claim: claim,
              strengths: [0] + damage.strengths, values: [sound[m]] + values))
        }
      }
    }
    self.responses = responses + extra
  }

  /// Clips to damage in all.
  public static func jobs(_ clips: Int) -> Int { clips * Corruption.allCases.reduce(0) { $0 + $1.strengths.count } }

  private static func measure(
    _ clip: Clip, _ damage: Corruption?, _ strength: Double, _ metrics: [any ClipMetric.Type]
  ) throws -> [Double?] {
    let frames = try damage?.apply(to: clip.frames, strength: strength, scene: clip.scene) ?? clip.frames
    let evidence = Evidence(frames, reference: clip.frames, scene: clip.scene, threads: 1)
    return metrics.map { $0.measure(evidence).number }
  }

  public var value: Value {
    [
      "responses": .array(
        responses.filter(\.isMeasured).map { r in
          [
            "clip": .string(r.clip), "metric": .string(r.metric), "unit": .string(r.unit),
            "better": .string(r.better.rawValue), "damage": .string(r.damage), "damage_unit": .string(r.damageUnit),
            "claim": .string(r.claim.rawValue), "ordered": .bool(r.isOrdered),
            "strengths": .array(r.strengths.map { Value($0) }), "values": .array(r.values.map { Value($0) }),
          ]
        }),
      "claims": Value(responses.filter { $0.claim == .orders && $0.isMeasured }.count),
      "violations": .array(violations.map { .string("\($0.clip): \($0.metric) does not order \($0.damage)") }),
    ]
  }

  /// A Markdown table a clip: a row a metric and damage, the sound clip first.
  public var markdown: String {
    var lines: [String] = []
    for clip in responses.map(\.clip).distinct() {
      let rows = responses.filter { $0.clip == clip && $0.isMeasured }
      guard !rows.isEmpty else { continue }
      lines += [
        "### \(clip)", "", "| metric | damage | claim | 0 | 1 | 2 | 3 | 4 | ordered |",
        "|---|---|---|---|---|---|---|---|---|",
      ]
      for row in rows {
        let values =
          row.values.map { $0.map(Text.short) ?? "n/a" } + Array(repeating: "", count: max(0, 5 - row.values.count))
        let steps = row.strengths.dropFirst().map(ChartScale.label).joined(separator: ", ")
        lines.append(
          "| `\(row.metric)` \(row.better == .higher ? "↑" : "↓") | \(row.damage) \(steps) \(row.damageUnit) | \(row.claim.rawValue) | \(values.joined(separator: " | ")) | \(row.isOrdered ? "yes" : "no") |"
        )
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }
}
