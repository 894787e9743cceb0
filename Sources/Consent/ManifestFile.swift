import Files
import Foundation

extension Manifest {
  /// Bytes of JSON accepted; larger than any real manifest by far.
  public static let largestJSON = 100_000_000
  /// YAML is for writing by hand.
  public static let largestYAML = 4_000_000

  /// Reads `optin.json`, or YAML when the name ends in `.yaml` or `.yml`.
  /// - Throws: `Problem` for a missing or unreadable file, one too large, and text that is not strict JSON or YAML.
  public init(path: String) throws {
    try Disk.requireFile(path)
    let yaml = ["yaml", "yml"].contains((path as NSString).pathExtension.lowercased())
    let limit = yaml ? Manifest.largestYAML : Manifest.largestJSON
    // The limit holds while reading, so a pipe or a growing file cannot get round it.
    let handle = try Disk.open(path)
    defer { try? handle.close() }
    let data: Data
    do { data = try handle.read(upToCount: limit + 1) ?? Data() } catch {
      throw Problem("the manifest cannot be read: \(error.localizedDescription)", at: path)
    }
    guard data.count <= limit else {
      throw Problem("the manifest is larger than \(limit / 1_000_000) MB", at: path, fix: yaml ? "write it as JSON" : "split it by dataset")
    }
    guard !data.isEmpty else { throw Problem("the manifest is empty", at: path, expected: "an object with \"schema\": \"\(Manifest.schema)\"") }
    try self.init(yaml ? Manifest.yaml(data, at: path) : JSON.parse(data, at: path), at: path)
  }

  private static func yaml(_ data: Data, at path: String) throws -> Value {
    guard let text = String(data: data, encoding: .utf8) else { throw Problem("the text is not valid UTF-8", at: path, expected: "YAML in UTF-8") }
    try refuseDeepYAML(Array(data), at: path)
    do { return try YAML.parse(text, at: path) } catch var problem as Problem {
      // What is wrong is a licence's file, not how the command was called.
      problem.exit = .failure
      throw problem
    }
  }

  /// The YAML library composes recursively and expands aliases, so depth and repetition are bounded before it starts.
  private static func refuseDeepYAML(_ bytes: [UInt8], at path: String) throws {
    func refuse() throws -> Never { throw Problem("the manifest nests too deeply", at: path, expected: "at most 64 levels", fix: "write it as the schema shows") }
    var open = 0
    var anchored = false
    for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      // A level of block nesting costs a column of indentation, a dash or a question mark at the line's start.
      if line.prefix(while: { $0 == 0x20 || $0 == 0x2D || $0 == 0x3F }).count > 512 { try refuse() }
      var before: UInt8 = 0x20
      for (i, c) in zip(line.indices, line) {
        if c == UInt8(ascii: "[") || c == UInt8(ascii: "{") { open += 1 }
        if c == UInt8(ascii: "]") || c == UInt8(ascii: "}") { open = max(0, open - 1) }
        if open > 64 { try refuse() }
        let starts = [0x20, 0x09, 0x2C, 0x3A, 0x2D, 0x5B, 0x7B].contains(before) && i + 1 < line.endIndex && isName(line[i + 1])
        if starts, c == UInt8(ascii: "&") { anchored = true }
        if starts, c == UInt8(ascii: "*"), anchored { throw Problem("YAML aliases are not accepted in a manifest", at: path, fix: "write the value out") }
        before = c
      }
    }
  }

  private static func isName(_ c: UInt8) -> Bool { (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) || c == 0x5F }

  /// Writes the document as indented JSON, whole or not at all.
  public func write(to path: String) throws { try Disk.write(JSON.pretty(document), to: path) }
}
