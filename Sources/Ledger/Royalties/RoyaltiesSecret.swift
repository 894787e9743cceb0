import Consent
import Files
import Foundation

/// The payer's secret behind the salts of royalty statements.
///
/// A proof shows a licensor the hashes of other licensors' lines. Names, grants and frame counts can be guessed, so a
/// bare hash of them would tell; each line is hashed with a salt that only the payer can make: HMAC-SHA256 of the line
/// under this secret. Because salts follow from the secret, the same statement has the same root each time it is made,
/// and proofs handed out on different days fit one published root.
public struct RoyaltySecret: Sendable {
  public static let fileName = "royalties.salt"
  private let key: [UInt8]

  /// - Parameter key: 32 bytes.
  package init(key: [UInt8]) { self.key = key }

  /// Reads the secret, or makes it on first use, mode 0600.
  /// - Returns: and whether it was made now.
  public static func open(in home: HomeFolder) throws -> (secret: RoyaltySecret, made: Bool) {
    let path = home.file(fileName), fresh = !Disk.exists(path)
    if fresh {
      var source = SystemRandomNumberGenerator()
      let hex = (0..<4).map { _ in String(source.next() as UInt64, radix: 16) }.map {
        String(repeating: "0", count: 16 - $0.count) + $0
      }.joined()
      // Somebody else may have been quicker; what stands in the file counts, for both.
      do { try home.writeSecret(Data((hex + "\n").utf8), to: fileName) } catch {
        guard Disk.exists(path) else { throw error }
      }
    }
    let text = String(decoding: try HomeFolder.readSecret(path), as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    guard let hex = Hex.sha256(text), let key = Hex.bytes(hex) else {
      throw Problem(
        "this is not a secret for salts", at: path, expected: "64 hexadecimal digits",
        fix: "restore it from a copy; without it, earlier roots cannot be made again")
    }
    return (RoyaltySecret(key: key), fresh)
  }

  package func salt(_ leaf: String) -> String { Hashing.hmac("orrery-royalty-salt-1\n" + leaf, key: key) }

  /// Where a licensor stands in the tree: an order that tells nothing of names.
  package func place(_ licensor: String) -> String { Hashing.hmac("orrery-royalty-place-1\n" + licensor, key: key) }
}

extension Hex {
  /// Bytes of an even number of hexadecimal digits.
  package static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { c -> UInt8? in
      switch c {
      case 0x30...0x39: c - 0x30
      case 0x61...0x66: c - 0x61 + 10
      case 0x41...0x46: c - 0x41 + 10
      default: nil
      }
    }
    guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
  }

  package static func text(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
