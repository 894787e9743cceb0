import Files
import Measures

/// A bench in words: tables a terminal can hold, what the controls say of the model, the protocol it was measured
/// under.
extension BenchFindings {
  /// Columns side by side in a terminal.
  private static let columns = 4

  public var text: String {
    let shown = table.columns,
      tables = stride(from: 0, to: shown.count, by: Self.columns).map {
        table.part(shown[$0..<min($0 + Self.columns, shown.count)]).text
      }
    let parts =
      tables + [
        result.further.isEmpty ? "" : "further metrics, means\n" + TextTable.text(result.furtherRows), result.lacking,
        result.cells()?.text ?? "",
        result.remarks.map { "* " + $0 }.joined(separator: "\n"),
        result.notes.map { "note: " + $0 }.joined(separator: "\n"),
        "protocol  " + Self.flat(result.protocolStamp, without: ["metrics", "cells"]) + "\nsubject   "
          + Self.flat(result.subjectStamp, without: ["model"]),
      ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// "suite=physics-tiny/1 · resolution=64x64 · …".
  private static func flat(_ value: Value, without hidden: Set<String>) -> String {
    ChangedKey.flatten(value).filter { field in !hidden.contains { field.key == $0 || field.key.hasPrefix($0 + ".") } }
      .map { "\($0.key)=\(ChangedKey.text($0.value))" }.joined(separator: " · ")
  }

  /// For `--json`: the sentences and the primaries behind them; the files have every metric.
  public var summary: Value {
    func texts(_ items: [String]) -> Value { .array(items.map { .string($0) }) }
    return [
      "suite": .string(result.suite), "table": table.json, "remarks": texts(result.remarks),
      "notes": texts(result.notes), "primary": texts(result.primaries),
      "protocol": result.protocolStamp, "subject": result.subjectStamp,
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
    subjects.contains { $0.instances.contains { $0.judged(metric) != nil } }
  }

  /// A row a metric, a column a subject: means without intervals, which are in the files.
  package var furtherRows: [[String]] {
    [["", "better"] + subjects.map(\.name)]
      + further.map { metric in
        [metric, direction(metric)?.rawValue ?? "–"]
          + subjects.map { subject in
            let values = subject.instances.compactMap { instance in instance.judged(metric).map { (instance, $0) } }
            if values.isEmpty { return subject.note == nil ? estimate(metric, of: subject.instances).text : "n/a" }
            return Text.short(Strata(values.map(\.1), values.map { Self.stratum($0.0) }).mean)
          }
      }
  }

  /// Metrics that apply to nothing here, with the reason.
  fileprivate var lacking: String {
    let known = Set(headlines + further)
    guard let model else { return "" }
    return metrics.filter { !known.contains($0) }.map { "n/a: \($0): \(estimate(model.name, $0).note)" }.joined(
      separator: "\n")
  }
}
