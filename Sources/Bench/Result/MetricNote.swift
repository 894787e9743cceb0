import Files
import Measures

/// What a bench says of a metric on one clip, beside its number or instead of it.
public enum MetricNote: Sendable, Hashable {
  /// The number is stated and not judged.
  case notJudged(NotJudged)
  /// Why there is no number, or what must be known to read it: for people alone.
  case words(String)

  /// As a file has it: a reason of `NotJudged` by its name, anything else in words. Files hold one text for both, and
  /// this is the only place that tells them apart.
  public init(_ text: String) { self = NotJudged(rawValue: text).map { .notJudged($0) } ?? .words(text) }

  public var text: String {
    switch self {
    case .notJudged(let reason): reason.rawValue
    case .words(let text): text
    }
  }

  /// Notes by metric, in the order of their names.
  static func value(_ notes: [String: MetricNote]) -> Value {
    .object(notes.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value.text)) })
  }

  static func read(_ f: StrictFields, _ key: String) -> [String: MetricNote] {
    (f.raw(key) ?? .null).fields?.reduce(into: [:]) { notes, field in
      notes[field.key] = field.value.string.map { MetricNote($0) }
      if field.value.string == nil {
        f.complain("\(f.place).\(key).\(field.key) should be text, not \(field.value.kind)")
      }
    } ?? [:]
  }
}
