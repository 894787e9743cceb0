import Files
import Measures

/// A bench in words: tables a terminal can hold, what the controls say of the model, the protocol it was measured
/// under.
extension BenchFindings {
  /// Columns of a terminal that the words fit in.
  private static let width = 100

  public var text: String {
    let prose =
      result.remarks.map { "* " + $0 } + result.notes.map { "note: " + $0 } + [
        "protocol  " + Self.flat(result.protocolStamp.brief),
        "subject   " + Self.flat(result.subjectStamp.withoutModel),
      ]
    let parts =
      [
        table.text(within: Self.width), Self.table("further metrics, means", result.furtherRows, repeating: 2),
        result.lacking.map { Text.wrapped($0, within: Self.width) }.joined(separator: "\n"),
        Self.table("\(result.metrics.first ?? "") by cell, the model with its interval", result.cellRows),
      ] + prose.map { Text.wrapped($0, within: Self.width) }
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private static func table(_ title: String, _ rows: [[String]], repeating: Int = 1) -> String {
    guard let first = rows.first, rows.count > 1 else { return "" }
    // Names in two lines, so that columns are as wide as their numbers: "constant-" over "velocity".
    let split = first.map { name -> (String, String) in
      name.firstIndex(of: "-").map { (String(name[...$0]), String(name[name.index(after: $0)...])) } ?? ("", name)
    }
    let heads = split.contains { !$0.0.isEmpty } ? [split.map(\.0), split.map(\.1)] : [first]
    return title + "\n" + TextTable.folded(heads + rows.dropFirst(), repeating: repeating, within: width)
  }

  /// "suite=physics-tiny/1 · resolution=64x64 · …".
  private static func flat(_ value: Value) -> String {
    ChangedKey.flatten(value).map { "\($0.key)=\(ChangedKey.text($0.value))" }.joined(separator: " · ")
  }

  /// For `--json`: the sentences and the primaries behind them; the files have every metric.
  public var summary: Value {
    func texts(_ items: [String]) -> Value { .array(items.map { .string($0) }) }
    return [
      "suite": .string(result.suite), "table": table.json, "remarks": texts(result.remarks),
      "notes": texts(result.notes), "primary": texts(result.primaries),
      "protocol": result.protocolStamp.value, "subject": result.subjectStamp.value,
    ]
  }
}

extension MetricTable {
  /// Some of the columns.
  package func part(_ columns: ArraySlice<String>) -> MetricTable {
    var part = MetricTable(title: title, columns: Array(columns))
    for row in rows { part.add(row.subject, isControl: row.isControl, columns.compactMap { self[row.subject, $0] }) }
    return part
  }
}

extension BenchResult {
  /// What stands in the first tables, with intervals: the primaries and the path's length.
  package var headlines: [String] {
    let primaries = Set(primaries)
    return metrics.filter { primaries.contains($0) || $0 == StaticBias.metric }
  }

  /// The other metrics that apply to something.
  package var further: [String] {
    let shown = Set(headlines)
    return metrics.filter { !shown.contains($0) && applies($0) }
  }

  /// Whether any subject has a value of it.
  package func applies(_ metric: String) -> Bool {
    subjects.contains { $0.sets[metric]?.value != nil || $0.instances.contains { $0.judged(metric) != nil } }
  }

  /// A row a metric, a column a subject: means without intervals, which are in the files.
  package var furtherRows: [[String]] {
    [["", "better"] + subjects.map(\.name)]
      + further.map { metric in
        [metric, direction(metric)?.rawValue ?? "–"]
          + subjects.map { subject in
            if subject.sets[metric] != nil {
              let found = estimate(subject.role, metric)
              return found.isApplicable ? Text.short(found.value) : "n/a"
            }
            let values = subject.instances.compactMap { instance in instance.judged(metric).map { (instance, $0) } }
            if values.isEmpty { return subject.note == nil ? estimate(metric, of: subject.instances).text : "n/a" }
            return Text.short(Strata(values.map(\.1), values.map { Self.stratum($0.0) }).mean)
          }
      }
  }

  /// Metrics that apply to nothing here, with the reason; those of one reason share a line.
  fileprivate var lacking: [String] {
    let known = Set(headlines + further)
    guard let model else { return [] }
    return MetricTable.folded(
      metrics.filter { !known.contains($0) }.map { ($0, estimate(model.role, $0).note) })
  }

  /// The headline metric: a row a scenario and cell, a column a subject. Controls without intervals, which are in the
  /// files. Nothing when there is one cell only.
  fileprivate var cellRows: [[String]] {
    guard let table = cells() else { return [] }
    return [[""] + table.rows.map(\.subject)]
      + table.columns.indices.map { c in
        [table.columns[c]]
          + table.rows.map { row in
            guard let estimate = row.estimates[c], estimate.isApplicable else { return "n/a" }
            return row.isControl ? Text.short(estimate.value) : estimate.text
          }
      }
  }
}
