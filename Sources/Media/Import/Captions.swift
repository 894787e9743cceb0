import Files
import Foundation

/// A captions file: CSV with the header `file,caption`, or JSON lines of `{"file": …, "caption": …}`.
package struct Captions {
  private var texts: [String: String] = [:]
  private var used: Set<String> = []

  package init(path: String) throws {
    let text = try Disk.readText(path)
    let rows =
      path.hasSuffix(".jsonl") || path.hasSuffix(".json") || text.hasPrefix("{")
      ? try Self.jsonLines(text, at: path) : try Self.csv(text, at: path)
    for (line, file, caption) in rows {
      guard texts.updateValue(caption, forKey: file) == nil else {
        throw Problem.usage("'\(file)' has two captions", at: "\(path):\(line)", fix: "keep one of them")
      }
    }
    guard !texts.isEmpty else {
      throw Problem.usage("the file holds no captions", at: path, expected: "lines of file,caption")
    }
  }

  /// The caption of a file, sought by its path as given, its name, and its name without extension.
  package mutating func caption(_ path: String) -> String? {
    let name = (path as NSString).lastPathComponent
    for key in [path, name, (name as NSString).deletingPathExtension] {
      if let text = texts[key] {
        used.insert(key)
        return text
      }
    }
    return nil
  }

  /// Files named here that nobody asked for: most likely misspelt.
  package var unused: [String] { texts.keys.filter { !used.contains($0) }.sorted() }

  private static func jsonLines(_ text: String, at path: String) throws -> [(Int, String, String)] {
    var rows: [(Int, String, String)] = []
    for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      let fields = StrictFields(try JSON.parse(String(line), at: "\(path):\(i + 1)"), at: "\(path):\(i + 1)")
      let row = (i + 1, fields.requiredString("file"), fields.requiredString("caption"))
      try fields.finish(fix: "write {\"file\": \"shot.mp4\", \"caption\": \"…\"}")
      rows.append(row)
    }
    return rows
  }

  private static func csv(_ text: String, at path: String) throws -> [(Int, String, String)] {
    let records = try CSV.records(text, at: path)
    guard records.first?.fields == ["file", "caption"] else {
      throw Problem.usage("the first line is not the header", at: "\(path):1", expected: "file,caption")
    }
    return try records.dropFirst().map { record in
      guard record.fields.count == 2 else {
        throw Problem.usage(
          "the line has \(record.fields.count) fields", at: "\(path):\(record.line)", expected: "file,caption",
          fix: "put a caption that holds a comma in double quotes")
      }
      return (record.line, record.fields[0], record.fields[1])
    }
  }
}
