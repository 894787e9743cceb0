import Files
import Measures

/// A bench in words: tables a terminal can hold, what the controls say of the model, the protocol it was measured under.
extension BenchResult {
  /// Columns side by side in a terminal.
  private static let columns = 4

  public var text: String {
    let tables = stride(from: 0, to: metrics.count, by: Self.columns).map { table(Array(metrics[$0..<min($0 + Self.columns, metrics.count)])).text }
    let parts = tables + [cells()?.text].compactMap { $0 } + [
      remarks.map { "* " + $0 }.joined(separator: "\n"), notes.map { "note: " + $0 }.joined(separator: "\n"),
      "protocol  " + Self.flat(protocolStamp, without: ["metrics", "cells"]), "subject   " + Self.flat(subjectStamp, without: []),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// Where a control beats the model, on every judged metric; and whether it stands still.
  public var remarks: [String] {
    guard let model else { return [] }
    var ordered = self
    ordered.subjects = [model] + subjects.filter(\.isControl)
    return CompareControls.sentences(ordered, metrics) + [staticBias].compactMap { $0 }
  }

  /// METRICS §9: a clip that hardly moves wins on consistency and flicker.
  var staticBias: String? {
    guard let model, case let ratio = estimate(model.name, "motion_ratio"), ratio.value < 0.5 else { return nil }
    return "The model is static-biased: its objects travel \(Text.short(ratio.value)) of the true path (motion_ratio below 0.5), so its consistency and flicker are flattered."
  }

  /// "suite=physics-tiny/1 resolution=64x64 …".
  private static func flat(_ value: Value, without hidden: Set<String>) -> String {
    ChangedKey.flatten(value).filter { !hidden.contains($0.key) }.map { "\($0.key)=\(ChangedKey.text($0.value))" }.joined(separator: " · ")
  }

  /// For `--json`: the sentences and the figures behind them.
  public var summary: Value {
    ["suite": .string(suite), "table": table().json, "remarks": .array(remarks.map { .string($0) }), "notes": .array(notes.map { .string($0) }), "primary": .array(primaries.map { .string($0) }),
     "protocol": protocolStamp, "subject": subjectStamp]
  }
}
