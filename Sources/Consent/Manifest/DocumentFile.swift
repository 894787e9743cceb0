import Files
import Foundation

/// Reads the documents of this room from disk: manifests, trust files and revocation lists, within a size.
package enum DocumentFile {
  /// YAML is for writing by hand.
  static let largestYAML = 4_000_000

  /// JSON, or YAML when the name ends in `.yaml` or `.yml`.
  /// - Parameter kind: what the file should be, for errors.
  /// - Throws: `Problem` for a missing or unreadable file, one too large, and text that is not strict JSON or YAML.
  package static func read(_ path: String, kind: String, largest: Int) throws -> Value {
    let yaml = ["yaml", "yml"].contains((path as NSString).pathExtension.lowercased())
    let limit = yaml ? min(largest, largestYAML) : largest
    // The limit holds while reading, so a pipe or a growing file cannot get round it.
    let handle = try Disk.open(path, pipes: true)
    defer { try? handle.close() }
    let data: Data
    do { data = try handle.read(upToCount: limit + 1) ?? Data() } catch {
      throw Problem("the \(kind) cannot be read: \(error.localizedDescription)", at: path)
    }
    guard data.count <= limit else {
      throw Problem(
        "the \(kind) is larger than \(limit / 1_000_000) MB", at: path, fix: yaml ? "write it as JSON" : "split it")
    }
    guard !data.isEmpty else {
      throw Problem("the \(kind) is empty", at: path, expected: "a JSON object with a \"schema\"")
    }
    guard yaml else { return try JSON.parse(data, at: path) }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Problem("the text is not valid UTF-8", at: path, expected: "YAML in UTF-8")
    }
    do { return try YAML.parse(text, at: path) } catch var problem as Problem {
      // What is wrong is a licence's file, not how the command was called.
      problem.exit = .failure
      throw problem
    }
  }
}
