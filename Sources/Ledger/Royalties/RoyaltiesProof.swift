import Files
import Foundation

/// A licensor's own lines of a royalty statement, with what is needed to see that they stand under its root, and
/// nothing of anybody else's but salted hashes.
///
/// The file is one line of RFC 8785 canonical JSON, so there is one way to write it and no byte of it means nothing.
public struct RoyaltyProof: Sendable, Equatable {
  public static let schema = "orrery.royalty-proof/1"
  /// Part of the schema: a proof must hold for later versions of this program, so these words stay.
  package static let note = "Exposure counts frames; it is not influence."
  /// A line takes some 400 bytes: a quarter of a million of them.
  package static let largest = 100_000_000

  public let value: Value

  package init(_ value: Value) { self.value = value }

  /// - Throws: `Problem` when the file is missing, too large, not JSON, or not written as a proof is.
  public init(path: String) throws {
    let handle = try Disk.open(path, pipes: true)
    defer { try? handle.close() }
    let data: Data
    do { data = try handle.read(upToCount: Self.largest + 1) ?? Data() } catch {
      throw Problem("the file cannot be read: \(error.localizedDescription)", at: path)
    }
    guard data.count <= Self.largest else {
      throw Problem("the proof is larger than \(Self.largest / 1_000_000) MB", at: path)
    }
    value = try JSON.parse(data, at: path)
    guard value["schema"]?.string == Self.schema else {
      throw Problem(
        "this is not a royalty proof", at: path, expected: "\"schema\": \"\(Self.schema)\"",
        fix: "ask for one made by 'orrery consent royalties … --proof FILE'")
    }
    guard try Data(text.utf8) == data else {
      throw Problem(
        "the proof was rewritten: its bytes are not those that were issued", at: path,
        expected: "one line of canonical JSON (RFC 8785)", fix: "ask for the file again")
    }
  }

  /// The file's content.
  public var text: String { get throws { try JSON.canonical(value, at: "proof") + "\n" } }

  public func write(to path: String) throws { try Disk.write(text, to: path) }
}
