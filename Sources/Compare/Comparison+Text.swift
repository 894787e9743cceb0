import Bench
import Files
import Measures
import Runs

extension Comparison {
  /// The whole comparison as one document: every estimate, difference, p and sentence.
  public var value: Value {
    [
      "runs": .array(runs.map(\.json)), "variants": .array(variants.map(\.json)), "suite": Value(result?.suite),
      "protocol": result?.protocolStamp.value ?? .null,
      "changed": .array(changed.map { ["key": .string($0.key), "values": .array($0.values.map { $0 ?? .null })] }),
      "metrics": .array(metrics.map(\.json)),
      "held_out": [
        "steps": .array(heldOut.steps.map { $0.map { Value($0) } ?? .null }), "not_compared": Value(heldOut.reason),
      ],
      "verdicts": .array(verdicts.map(\.json)), "controls": .array(controls.map { .string($0.sentence) }),
      "tests": Value(tests), "notes": .array(notes.map { .string($0) }),
    ]
  }

  /// Columns of a terminal that cells of words keep to.
  private static let width = 100

  /// For a terminal: runs, what changed, the primary metrics' tables with their controls, a line for each other metric,
  /// cost, verdicts.
  public var text: String {
    let labels = variants.map(\.label)
    var parts = [
      variants.map { v in
        "\(v.label) = \(v.title)" + (v.runs.count > 1 ? ": " + v.runs.map(\.run.name).joined(separator: ", ") : "")
      }.joined(separator: "\n")
    ]
    let rows = changed.map { [$0.key] + $0.values.map(ChangedKey.text) }
    parts.append(
      changed.isEmpty ? "no key of the configurations differs" : TextTable.text([["changed"] + labels] + rows))
    parts += metrics.filter(\.isPrimary).map(table)
    parts += further
    parts.append(
      TextTable.folded(TextTable.wrapped([["cost"] + labels] + costs, within: Self.width), within: Self.width))
    parts.append(
      (verdicts.filter(\.isPrimary).map(\.sentence) + controls(primary: true).map(\.sentence)).map { "* " + $0 }.joined(
        separator: "\n"))
    parts.append(notes.map { "note: " + $0 }.joined(separator: "\n"))
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// A row a kind of cost, a column a variant.
  package var costs: [[String]] {
    let costs = variants.map(\.cost), names = costs.flatMap { $0.map(\.name) }.distinct()
    return names.map { name in [name] + costs.map { cost in cost.first { $0.name == name }?.text ?? "–" } }
  }

  /// One metric's subjects by group, each estimate with its interval and its difference to the first variant.
  private func table(_ m: ComparedMetric) -> String {
    var rows = [["", "estimate", "n", "− \(variants[0].label)", "P(better)", "p"]]
    for group in m.groups {
      if m.groups.count > 1 { rows.append([group.title, "", "", "", "", ""]) }
      for row in group.rows {
        rows.append([
          (m.groups.count > 1 ? "  " : "") + row.subject + (row.isControl ? " (control)" : ""), row.estimate.text,
          String(row.estimate.n), row.difference?.difference.text ?? "",
          row.difference.map { Text.fixed($0.probability.value, 2) } ?? "",
          row.difference.map { Verdict.p(row.adjusted ?? $0.p, "") } ?? "",
        ])
      }
    }
    return m.heading + "\n" + TextTable.text(rows)
  }

  /// The other metrics, a line each and headline group: the first variant's estimate and every difference to it. Their
  /// scenarios, controls and sentences are in the files.
  private var further: [String] {
    let others = metrics.filter {
      !$0.isPrimary && $0.groups.contains { $0.rows.contains { !$0.isControl && $0.estimate.isApplicable } }
    }
    guard !others.isEmpty else { return [] }
    let rows = others.flatMap { m in
      m.groups.filter(\.isHeadline).map { group in
        let models = group.rows.filter { !$0.isControl }
        return [
          m.metric + (m.groups.count { $0.isHeadline } > 1 ? " (\(group.scope))" : ""), m.direction?.rawValue ?? "–",
          models[0].estimate.text,
        ]
          + models.dropFirst().flatMap { row in
            [row.difference?.difference.text ?? "n/a", row.difference.map { Verdict.p($0.p, "") } ?? ""]
          }
      }
    }
    let heads =
      ["further metrics", "better", variants[0].label]
      + variants.dropFirst().flatMap { ["\($0.label) − \(variants[0].label)", "p"] }
    let lost = controls(primary: false).map(\.place).distinct()
    let beaten =
      lost.isEmpty
      ? nil : "A control beats a variant on \(lost.count) of these too: \(Text.listed(lost)). The page says which."
    return [TextTable.text([heads] + rows)] + [beaten, uncompared].compactMap { $0 }
  }

  /// Names the metrics of which some pair of variants has no value on the same instance.
  package var uncompared: String? {
    let names = verdicts.filter { !$0.isPrimary && $0.comparison == nil }.map(\.place).distinct()
    return names.isEmpty ? nil : "Not compared, for no instance has a value of both: \(Text.listed(names))."
  }

  /// How variants fare against the controls on the primary metrics, or on the others.
  package func controls(primary: Bool) -> [ControlRemark] {
    let primaries = Set(metrics.filter(\.isPrimary).map(\.metric))
    return controls.filter { primaries.contains($0.metric) == primary }
  }
}

extension ComparedMetric {
  /// "physics_tol5 (points of 100, higher is better)".
  package var heading: String {
    let judged = direction.map { "\($0.rawValue) is better" } ?? "described, not judged"
    return "\(metric) (\(unit.isEmpty ? judged : unit + ", " + judged))"
  }
}
