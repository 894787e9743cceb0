import Files
import Measures

/// `orrery metrics list`: what can be measured, and what of it each metric answers to.
public enum ScoreCatalogue {
  public static var value: Value {
    [
      "metrics": .array(
        (ClipMetrics.all + ClipMetrics.learnt).map { metric in
          [
            "name": .string(metric.name), "version": Value(metric.version), "unit": .string(metric.unit),
            "better": .string(metric.better.rawValue),
            "needs": words(metric.needs.map(\.rawValue)), "orders": words(metric.orders.map(\.rawValue)),
            "blind_to": words(metric.blindTo.map(\.rawValue)),
          ]
        })
    ]
  }

  /// A line a metric, then what it answers to, within 80 columns.
  public static var text: String {
    let entries = (ClipMetrics.all + ClipMetrics.learnt).map { metric in
      func list(_ name: String, _ words: [String]) -> String? {
        words.isEmpty
          ? nil : Text.wrapped("    \(name) \(words.sorted().joined(separator: ", "))", within: 80, indent: 4)
      }
      let needs = metric.needs.map(\.rawValue).sorted()
      return [
        "\(metric.name)/\(metric.version)  \(metric.unit), \(metric.better.rawValue) is better"
          + (needs.isEmpty ? "" : "; needs a \(needs.joined(separator: " and a "))"),
        list("orders", metric.orders.map(\.rawValue)), list("blind to", metric.blindTo.map(\.rawValue)),
      ].compactMap { $0 }.joined(separator: "\n")
    }
    return
      (entries + [
        "\nFormulas, ranges and what each cannot see: docs/METRICS.md.\nHow each answers to known damage: docs/CALIBRATION.md."
      ]).joined(separator: "\n")
  }

  private static func words(_ names: [String]) -> Value { .array(names.sorted().map { .string($0) }) }
}
