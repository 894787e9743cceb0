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

  /// The caption of each file, sought by its path as given, its path within the folder, its name, and each of them
  /// without extension.
  /// - Throws: `Problem` (usage) when one caption fits several files.
  package mutating func assigned(to files: [(path: String, relative: String)]) throws -> [String?] {
    let keys = files.map { file in
      [file.path, file.relative, (file.relative as NSString).lastPathComponent]
        .flatMap { [$0, ($0 as NSString).deletingPathExtension] }.first { texts[$0] != nil }
    }
    try Self.requireOne(keys, files) { "the caption of '\($0)' fits several files" }
    used.formUnion(keys.compactMap { $0 })
    return keys.map { $0.flatMap { texts[$0] } }
  }

  /// What stands in the text files of the videos' names beside them, as most trainers have it; nil where there is none.
  /// - Parameter wanted: which of the files need one.
  /// - Returns: captions, and what of such files cannot be used.
  /// - Throws: `Problem` (usage) when one text file fits several videos.
  package static func beside(
    _ files: [(path: String, relative: String)], wanted: [Bool]
  ) throws -> (captions: [String?], notes: [(path: String, text: String)]) {
    let places = files.map { ($0.path as NSString).deletingPathExtension + ".txt" }
    var notes: [(path: String, text: String)] = []
    let isThere = zip(places, wanted).map { $1 && Disk.exists($0) && !Disk.isFolder($0) }
    try requireOne(zip(places, isThere).map { $1 ? $0 : nil }, files) { "the caption in '\($0)' fits several files" }
    let captions = try zip(places, isThere).map { place, isThere -> String? in
      guard isThere else { return nil }
      let file = try OpenedFile(place)
      guard file.count <= mostBeside else {
        notes.append((place, "is not read as a caption: it has \(Text.bytes(file.count))"))
        return nil
      }
      guard let text = String(validating: try file.bytes(0..<file.count), as: UTF8.self) else {
        notes.append((place, "is not read as a caption: it is not UTF-8"))
        return nil
      }
      let words = text.split { $0.isWhitespace || $0 == "\u{FEFF}" }.joined(separator: " ")
      if words.isEmpty { notes.append((place, "is not read as a caption: it is empty")) }
      return words.isEmpty ? nil : words
    }
    return (captions, notes)
  }

  private static let mostBeside = 1 << 16

  private static func requireOne(
    _ keys: [String?], _ files: [(path: String, relative: String)], _ what: (String) -> String
  ) throws {
    let owners = Dictionary(grouping: keys.indices.filter { keys[$0] != nil }, by: { keys[$0] ?? "" })
    guard let (key, several) = owners.filter({ $0.value.count > 1 }).min(by: { $0.key < $1.key }) else { return }
    throw Problem.usage(
      what(key) + ": " + Text.listed(several.prefix(5).map { files[$0].path }) + (several.count > 5 ? ", …" : ""),
      expected: "one caption a file",
      fix: "name each by its path in a captions file: "
        + several.prefix(2).map { files[$0].path }.joined(separator: ", "))
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
