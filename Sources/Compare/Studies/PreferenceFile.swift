import Files
import Measures

/// Preferences as a table people can fill in: CSV (RFC 4180) with the columns `prompt,first,second,winner`, where the
/// winner is one of the two names, or `tie`. Other columns (judge, time, …) are carried by people, not read.
public enum PreferenceFile {
  package static let columns = ["prompt", "first", "second", "winner"]

  /// - Throws: `Problem` naming every row that cannot be read.
  public static func read(_ path: String) throws -> [Preference] { try parse(Disk.readText(path), at: path) }

  package static func parse(_ text: String, at place: String) throws -> [Preference] {
    let records = try CSV.records(text, at: place)
    guard let header = records.first else {
      throw Problem.usage(
        "the file is empty", at: place, expected: "a line of column names: " + columns.joined(separator: ","))
    }
    let names = header.fields.map { $0.lowercased().filter { !$0.isWhitespace } }
    let missing = columns.filter { !names.contains($0) }
    guard missing.isEmpty else {
      throw Problem.usage(
        "there is no column \(missing.map { "'\($0)'" }.joined(separator: ", "))", at: place,
        expected: "a first line with " + columns.joined(separator: ",")
          + "; it has \(header.fields.joined(separator: ","))")
    }
    let order = columns.compactMap { names.firstIndex(of: $0) }
    var wrong: [String] = [], found: [Preference] = []
    for record in records.dropFirst() {
      switch row(record, order, width: names.count) {
      case .success(let preference): found.append(preference)
      case .failure(let problem): wrong.append("line \(record.line): \(problem.what)")
      }
    }
    guard wrong.isEmpty else {
      throw Problem.usage(
        "\(wrong.count) \(wrong.count == 1 ? "row" : "rows") cannot be read:\n  "
          + wrong.prefix(10).joined(separator: "\n  ") + (wrong.count > 10 ? "\n  …" : ""), at: place,
        expected: "a winner that is one of the two names, or tie")
    }
    guard !found.isEmpty else {
      throw Problem.usage("there are no preferences", at: place, expected: "a row an answer below the column names")
    }
    return found
  }

  private static func row(_ record: CSV.Record, _ order: [Int], width: Int) -> Result<Preference, Problem> {
    guard record.fields.count == width else {
      return .failure(Problem("\(record.fields.count) fields where the first line has \(width)"))
    }
    let cells = order.map { Self.trimmed(record.fields[$0]) },
      (prompt, first, second, winner) = (cells[0], cells[1], cells[2], cells[3])
    guard !prompt.isEmpty, !first.isEmpty, !second.isEmpty else {
      return .failure(Problem("a prompt or a name is empty"))
    }
    guard first != second else { return .failure(Problem("'\(first)' is compared with itself")) }
    switch winner {
    case first: return .success(Preference(prompt: prompt, first, second, .first))
    case second: return .success(Preference(prompt: prompt, first, second, .second))
    case "tie": return .success(Preference(prompt: prompt, first, second, .tie))
    default: return .failure(Problem("the winner is '\(winner)', not '\(first)', '\(second)' or tie"))
    }
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
