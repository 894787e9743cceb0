import Files
import Measures

extension ComparedMetric {
  public var json: Value {
    [
      "metric": .string(metric), "unit": .string(unit), "better": Value(direction?.rawValue),
      "primary": .bool(isPrimary),
      "groups": .array(
        groups.map { group in
          [
            "instances": Value(group.instances), "group": .string(group.title), "headline": .bool(group.isHeadline),
            "rows": .array(group.rows.map(Self.json)),
            "extremes": group.extremes.map {
              [
                "subject": .string($0.subject), "reference": .string($0.reference), "difference": $0.difference.json,
                "p_adjusted": Value($0.adjusted),
              ]
            } ?? .null,
          ]
        }),
    ]
  }

  private static func json(_ row: Row) -> Value {
    [
      "subject": .string(row.subject), "control": .bool(row.isControl), "estimate": row.estimate.json,
      "interquartile_mean": row.interquartile?.json ?? .null,
      "difference": row.difference?.difference.json ?? .null,
      "probability_of_improvement": row.difference?.probability.json ?? .null,
      "measured_coverage": row.difference?.coverage?.json ?? .null, "p": Value(row.difference?.p),
      "p_adjusted": Value(row.adjusted),
    ]
  }
}
