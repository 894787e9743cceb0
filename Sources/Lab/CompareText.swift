import Files
import Measures

extension Comparison {
  /// The whole comparison as one document: every estimate, difference, p and sentence.
  public var value: Value {
    [
      "runs": .array(runs.map(\.json)), "variants": .array(variants.map(\.json)), "suite": Value(result?.suite), "protocol": result?.protocolStamp ?? .null,
      "changed": .array(changed.map { ["key": .string($0.key), "values": .array($0.values.map { $0 ?? .null })] }),
      "metrics": .array(metrics.map(\.json)), "held_out": ["steps": .array(heldOut.steps.map { $0.map { Value($0) } ?? .null }), "not_compared": Value(heldOut.reason)],
      "verdicts": .array(verdicts.map(\.json)), "controls": .array(controls.map { .string($0) }), "tests": Value(tests), "notes": .array(notes.map { .string($0) }),
    ]
  }

  /// For a terminal: runs, what changed, the table with its controls, cost, verdicts.
  public var text: String {
    let labels = variants.map(\.label)
    var parts = [variants.map { v in "\(v.label) = \(v.title)" + (v.runs.count > 1 ? ": " + v.runs.map(\.run.name).joined(separator: ", ") : "") }.joined(separator: "\n")]
    let rows = changed.map { [$0.key] + $0.values.map(ChangedKey.text) }
    parts.append(changed.isEmpty ? "no key of the configurations differs" : TextTable.text([["changed"] + labels] + rows))
    parts += metricTables
    parts.append(TextTable.text([["cost"] + labels] + costs))
    parts.append((verdicts.map(\.sentence) + controls).map { "* " + $0 }.joined(separator: "\n"))
    parts.append(notes.map { "note: " + $0 }.joined(separator: "\n"))
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// A row a kind of cost, a column a variant.
  var costs: [[String]] {
    let costs = variants.map(\.cost), names = costs.flatMap { $0.map(\.name) }.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return names.map { name in [name] + costs.map { cost in cost.first { $0.name == name }?.text ?? "–" } }
  }

  /// A table a metric: subjects by group, each estimate with its interval and its difference to the first run.
  private var metricTables: [String] {
    metrics.map { m in
      var rows = [[m.heading, "estimate", "n", "− \(variants[0].label)", "P(better)", "p"]]
      for group in m.groups {
        if m.groups.count > 1 { rows.append([group.title, "", "", "", "", ""]) }
        for row in group.rows {
          rows.append([(m.groups.count > 1 ? "  " : "") + row.subject + (row.isControl ? " (control)" : ""), row.estimate.text, String(row.estimate.n), row.difference?.difference.text ?? "",
                       row.difference.map { Text.fixed($0.probability.value, 2) } ?? "", row.difference.map { Verdict.p(row.adjusted ?? $0.p, "") } ?? ""])
        }
      }
      return TextTable.text(rows)
    }
  }
}

extension ComparedMetric {
  /// "physics_tol5 (points of 100, higher is better)".
  var heading: String {
    let judged = direction.map { "\($0.rawValue) is better" } ?? "described, not judged"
    return "\(metric) (\(unit.isEmpty ? judged : unit + ", " + judged))"
  }
}

/// Aligned columns for a terminal: the first to the left, the others to the right.
enum TextTable {
  static func text(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { c in rows.map { c < $0.count ? $0[c].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { c, cell in
        let gap = String(repeating: " ", count: widths[c] - cell.count)
        return c == 0 ? cell + gap : gap + cell
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
