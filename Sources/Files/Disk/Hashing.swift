import Crypto
import Foundation

/// SHA-256 (FIPS 180-4), as 64 lower-case hexadecimal digits.
public struct SHA256Hasher {
  private var hash = SHA256()
  public init() {}
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }
  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { hash.update(bufferPointer: $0) } }
  public mutating func update(_ text: String) { update(Array(text.utf8)) }
  public func finish() -> String { hash.finalize().map { hexDigits[Int($0)] }.joined() }
}

private let hexDigits: [String] = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }

public enum Hashing {
  public static func sha256(_ bytes: [UInt8]) -> String {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    return hasher.finish()
  }

  public static func sha256(_ text: String) -> String { sha256(Array(text.utf8)) }

  /// The 32 bytes themselves.
  public static func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

  /// HMAC-SHA256 (RFC 2104) of the text's UTF-8, as 64 hexadecimal digits.
  public static func hmac(_ text: String, key: [UInt8]) -> String {
    HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)).map { hexDigits[Int($0)] }
      .joined()
  }

  /// Streams a file in 1 MiB pieces.
  public static func sha256(file path: String) throws -> String {
    let handle = try Disk.open(path)
    defer { try? handle.close() }
    var hasher = SHA256Hasher()
    while let piece = try Disk.reading(path, { try handle.read(upToCount: 1 << 20) }), !piece.isEmpty {
      piece.withUnsafeBytes { hasher.update($0) }
    }
    return hasher.finish()
  }
}

/// Fowler, Noll & Vo's FNV-1a, 64 bits: keys of random streams, never of anything an adversary may choose.
public enum FNV1a {
  public static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Of the text's UTF-8, going on from an earlier hash.
  public static func hash(_ text: String, from hash: UInt64 = basis) -> UInt64 {
    text.utf8.reduce(hash) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}
