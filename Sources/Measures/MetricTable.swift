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
    ([title, TextTable.text([heads] + lines)] + notes(columns).map { "note: \($0)" }).joined(separator: "\n")
  }

  /// The same for a terminal of `width` columns: cut into several tables where it is wider. A metric that applies to no
  /// subject is left out of them and named below, with the reason.
  package func text(within width: Int) -> String {
    let shown = columns.indices.filter { c in rows.contains { $0.estimates[c]?.isApplicable ?? false } }
    let keep = [0, 1] + shown.map { $0 + 2 }
    let cells = ([heads] + lines).map { line in keep.map { line[$0] } }
    let folded = MetricTable.folded(
      columns.indices.filter { !shown.contains($0) }.map { c in
        (columns[c], rows.lazy.compactMap { $0.estimates[c]?.note }.first { !$0.isEmpty } ?? "not measured")
      })
    return
      ([title, TextTable.folded(cells, repeating: 2, within: width)]
      + (notes(shown.map { columns[$0] }).map { "note: \($0)" } + folded).map { Text.wrapped($0, within: width) })
      .joined(separator: "\n")
  }

  /// "n/a: lpips, ssim: there is no reference": metrics without a value, those of one reason in one line.
  package static func folded(_ lacking: [(metric: String, reason: String)]) -> [String] {
    lacking.map(\.reason).distinct().map { reason in
      "n/a: \(lacking.filter { $0.reason == reason }.map(\.metric).joined(separator: ", ")): \(reason)"
    }
  }

  private var heads: [String] { ["", "n"] + columns }

  private var lines: [[String]] {
    rows.map { row in
      [row.subject + (row.isControl ? " (control)" : ""), String(row.estimates.compactMap { $0?.n }.max() ?? 0)]
        + row.estimates.map { $0?.text ?? "–" }
    }
  }

  /// What must be known of the numbers of some columns, each once.
  private func notes(_ wanted: [String]) -> [String] {
    rows.flatMap { row in
      row.estimates.compactMap { $0 }.filter { !$0.note.isEmpty && wanted.contains($0.protocol.metric) }.map {
        "\($0.protocol.metric): \($0.note)"
      }
    }.distinct()
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
