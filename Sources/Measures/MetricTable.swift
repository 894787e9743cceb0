import Files

/// Rows of subjects (the model, then the controls) against columns of metrics: what every report shows.
public struct MetricTable: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public var subject: String
    /// Not made by a model.
    public var isControl: Bool
    /// One a column; nil where it was not measured.
    public var estimates: [Estimate?]
  }

  public var title: String
  /// Metric names.
  public private(set) var columns: [String]
  public private(set) var rows: [Row] = []

  public init(title: String, columns: [String]) { (self.title, self.columns) = (title, columns) }

  /// Adds or completes the row of `subject`. Each estimate goes to the column of its protocol's metric, which is made
  /// when new.
  public mutating func add(_ subject: String, isControl: Bool = false, _ estimates: [Estimate]) {
    let place = rows.firstIndex { $0.subject == subject } ?? rows.count
    if place == rows.count {
      rows.append(Row(subject: subject, isControl: isControl, estimates: columns.map { _ in nil }))
    }
    for estimate in estimates {
      let metric = estimate.protocol.metric
      if let column = columns.firstIndex(of: metric) {
        rows[place].estimates[column] = estimate
      } else {
        columns.append(metric)
        for i in rows.indices { rows[i].estimates.append(i == place ? estimate : nil) }
      }
    }
  }

  public subscript(subject: String, metric: String) -> Estimate? {
    guard let column = columns.firstIndex(of: metric) else { return nil }
    return rows.first { $0.subject == subject }?.estimates[column]
  }

  /// Aligned text: a heading, one line a subject, then the notes.
  public var text: String {
    var cells = [["", "n"] + columns]
    var notes: [String] = []
    for row in rows {
      let n = row.estimates.compactMap { $0?.n }.max() ?? 0
      cells.append(
        [row.subject + (row.isControl ? " (control)" : ""), String(n)] + row.estimates.map { $0?.text ?? "–" })
      for estimate in row.estimates.compactMap({ $0 }) where !estimate.note.isEmpty {
        let note = "\(estimate.protocol.metric): \(estimate.note)"
        if !notes.contains(note) { notes.append(note) }
      }
    }
    let widths = cells[0].indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let lines = cells.map { line in
      zip(line, widths).enumerated().map { i, cell in
        let gap = String(repeating: " ", count: cell.1 - cell.0.count)
        return i == 0 ? cell.0 + gap : gap + cell.0
      }.joined(separator: "  ")
    }
    return ([title] + lines + notes.map { "note: \($0)" }).joined(separator: "\n")
  }

  public var json: Value {
    .object([
      .init("title", .string(title)), .init("metrics", .array(columns.map { .string($0) })),
      .init(
        "rows",
        .array(
          rows.map { row in
            .object([
              .init("subject", .string(row.subject)), .init("control", .bool(row.isControl)),
              .init(
                "metrics",
                .object(
                  zip(columns, row.estimates).compactMap { name, estimate in estimate.map { .init(name, $0.json) } })),
            ])
          })),
    ])
  }
}
