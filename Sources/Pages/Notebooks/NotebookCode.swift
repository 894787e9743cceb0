import Files
import Measures

/// A cell of code: a file of `Assets`, whose placeholders (`__METRIC__`) stand where a value goes. Values are written
/// as JSON, which Python reads as its own for text and lists, so no name can become code.
package enum NotebookCode {
  /// Reads the result; `data` is its file name.
  case load(data: String)
  case means([String])
  /// Draws what `means` estimated.
  case forest
  case differences([(String, String)], metric: String)
  case scatter(String, String, metric: String)

  package var text: String {
    let values = values
    return template.replacing(Self.placeholder) { match in
      guard let value = values[String(match.output.1)] else {
        preconditionFailure("nothing is known to go where \(match.output.0) stands")
      }
      return JSON.line(value)
    }
  }

  /// What goes where.
  package var values: [String: Value] {
    switch self {
    case .load(let data):
      ["RESULT": .string(data), "NOT_JUDGED": .array(NotJudged.allCases.map { .string($0.rawValue) })]
    case .means(let metrics): ["METRICS": .array(metrics.map { .string($0) })]
    case .forest: [:]
    case .differences(let pairs, let metric):
      ["METRIC": .string(metric), "PAIRS": .array(pairs.map { .array([.string($0.0), .string($0.1)]) })]
    case .scatter(let a, let b, let metric):
      [
        "A": .string(a), "B": .string(b), "METRIC": .string(metric), "LABEL_A": .string("\(metric) of \(a)"),
        "LABEL_B": .string("\(metric) of \(b)"),
      ]
    }
  }

  /// The names that the file asks for.
  package var placeholders: Set<String> { Set(template.matches(of: Self.placeholder).map { String($0.output.1) }) }

  private static var placeholder: Regex<(Substring, Substring)> { /__([A-Z]+(?:_[A-Z]+)*)__/ }

  /// The file without its last line's end.
  private var template: String {
    let bytes =
      switch self {
      case .load: PackageResources.load_py
      case .means: PackageResources.means_py
      case .forest: PackageResources.forest_py
      case .differences: PackageResources.differences_py
      case .scatter: PackageResources.scatter_py
      }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }
}
