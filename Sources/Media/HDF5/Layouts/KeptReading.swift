import Files
import Foundation

/// What a person once said of a file, kept beside it as `<file>.read.json` and believed as long as the file is the same.
package enum KeptReading {
  private static let schema = "orrery.reading/1"
  /// A file up to this size is hashed whole; of a larger one its length, its ends and pieces between them.
  private static let whole = 64 << 20
  private static let pieces = 64, pieceBytes = 64 << 10

  package static func path(of file: String) -> String { (file as NSString).standardizingPath + ".read.json" }

  /// What tells the file's content: SHA-256 of its length and of all of it, or of 64 pieces spread evenly over it.
  package static func mark(of path: String) throws -> String {
    if Disk.isFolder(path) { return try ClipFolder(path, Reading(), cacheBytes: 0).mark() }
    let file = try OpenedFile(path)
    var hasher = SHA256Hasher()
    hasher.update("orrery.reading/1\n\(file.count)\n")
    if file.count <= whole {
      for at in stride(from: 0, to: file.count, by: 1 << 20) {
        hasher.update(try file.bytes(at..<min(file.count, at + 1 << 20)))
      }
    } else {
      let step = (file.count - pieceBytes) / (pieces - 1)
      for piece in 0..<pieces { hasher.update(try file.bytes(piece * step..<piece * step + pieceBytes)) }
    }
    try file.requireUnchanged()
    return hasher.finish()
  }

  /// What is kept of the file; nothing where nobody said anything.
  /// - Throws: `Problem` when it was said of other content, or cannot be read.
  package static func read(for path: String) throws -> Reading {
    let beside = self.path(of: path)
    guard Disk.exists(beside) else { return Reading() }
    let document = try JSON.parse(Disk.readText(beside), at: beside)
    guard document["schema"]?.string == schema, let said = document["read"]?.fields,
      let mark = document["content"]?.string
    else {
      throw Problem(
        "this is not what \(schema) looks like", at: beside, fix: "remove it, and say it again: --read KEY=VALUE")
    }
    guard try mark == self.mark(of: path) else {
      throw Problem(
        "what was said of '\((path as NSString).lastPathComponent)' was said of other content: the file has changed since",
        at: beside, fix: "look at the file again, remove this one, and say it anew: --read KEY=VALUE")
    }
    var reading = Reading()
    for field in said {
      guard let value = field.value.string else { continue }
      try reading.set(field.key, value, at: beside)
    }
    return reading
  }

  /// Keeps it. - Returns: a sentence where it cannot be kept.
  package static func keep(_ reading: Reading, for path: String) throws -> String? {
    let document: Value = [
      "schema": .string(schema), "content": .string(try mark(of: path)), "read": reading.value,
    ]
    do { try Disk.write(JSON.pretty(document), to: self.path(of: path)) } catch {
      return
        "what was said of the file cannot be kept beside it, so say it each time (\((error as? Problem)?.what ?? "\(error)"))"
    }
    return nil
  }
}
