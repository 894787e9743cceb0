import Files
import Measures

/// `orrery metrics list`: what can be measured, and what of it each metric answers to.
public enum ScoreCatalogue {
  public static var value: Value {
    [
      "metrics": .array(
        ClipMetrics.all.map { metric in
          [
            "name": .string(metric.name), "version": Value(metric.version), "unit": .string(metric.unit),
            "better": .string(metric.better.rawValue),
            "needs": words(metric.needs.map(\.rawValue)), "orders": words(metric.orders.map(\.rawValue)),
            "blind_to": words(metric.blindTo.map(\.rawValue)),
          ]
        })
    ]
  }

  public static var text: String {
    var lines = [["metric", "version", "unit", "better", "needs", "orders", "blind to"]]
    for metric in ClipMetrics.all {
      func list(_ names: [String]) -> String { names.isEmpty ? "–" : names.sorted().joined(separator: " ") }
      lines.append([
        metric.name, String(metric.version), metric.unit, metric.better.rawValue, list(metric.needs.map(\.rawValue)),
        list(metric.orders.map(\.rawValue)), list(metric.blindTo.map(\.rawValue)),
      ])
    }
    return TextTable.text(lines, left: nil)
      + "\n\nFormulas, ranges and what each cannot see: docs/METRICS.md. How each answers to known damage: docs/CALIBRATION.md."
  }

  private static func words(_ names: [String]) -> Value { .array(names.sorted().map { .string($0) }) }
}
