import Credentials
import Crypto
import Files
import Foundation

/// How a document is signed. The raw value is what a signature's `alg` says.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
  /// RFC 8032; 64 bytes.
  case ed25519 = "Ed25519"
  /// ECDSA over P-256 with SHA-256 (FIPS 186-5), as the 64 bytes r ‖ s (IEEE P1363).
  case es256 = "ES256"

  /// Multicodec prefix of the public key, a varint: ed25519-pub 0xed, p256-pub 0x1200.
  fileprivate var prefix: [UInt8] {
    switch self {
    case .ed25519: [0xED, 0x01];
    case .es256: [0x80, 0x24]
    }
  }
  fileprivate var keyBytes: Int {
    switch self {
    case .ed25519: 32;
    case .es256: 33
    }
  }
}

/// A public key, known by its `did:key` (W3C CCG did:key, multibase base58btc).
public struct VerifyingKey: Sendable, Hashable {
  public let algorithm: SignatureAlgorithm
  /// Ed25519: 32 bytes. P-256: the compressed point, 33 bytes.
  public let bytes: [UInt8]

  /// nil when `bytes` is not a key of that kind: a wrong length, or a point that is not on the curve.
  public init?(_ algorithm: SignatureAlgorithm, bytes: [UInt8]) {
    guard bytes.count == algorithm.keyBytes else { return nil }
    switch algorithm {
    case .ed25519:
      guard !Self.smallOrder.contains(bytes.prefix(31) + [bytes[31] & 0x7F]),
        (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
      else { return nil }
    case .es256: guard (try? P256.Signing.PublicKey(compressedRepresentation: bytes)) != nil else { return nil }
    }
    (self.algorithm, self.bytes) = (algorithm, bytes)
  }

  /// Points of order 1, 2, 4 and 8, in every encoding (the sign bit apart): under such a key one signature fits many
  /// messages, so its holder could sign nothing and later have signed anything.
  private static let smallOrder: Set<[UInt8]> = {
    let eight: [[UInt8]] = [
      [
        0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF,
        0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
      ],
      [
        0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20,
        0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
      ],
    ]
    // y = 0 and 1, and p − 1, p, p + 1.
    let low = [0, 1].map { [UInt8($0)] + [UInt8](repeating: 0, count: 31) }
    let high = [0xEC, 0xED, 0xEE].map { [UInt8($0)] + [UInt8](repeating: 0xFF, count: 30) + [0x7F] }
    return Set(eight + low + high)
  }()

  /// Reads `did:key:z…`; nil for anything else, and for keys of other kinds.
  public init?(did: String) {
    guard did.hasPrefix("did:key:z"), let all = Base58.decode(did.dropFirst("did:key:z".count)) else { return nil }
    for algorithm in SignatureAlgorithm.allCases where all.starts(with: algorithm.prefix) {
      self.init(algorithm, bytes: Array(all.dropFirst(algorithm.prefix.count)))
      // One key has one name: whoever writes it differently means to confuse.
      guard self.did == did else { return nil }
      return
    }
    return nil
  }

  public var did: String { "did:key:z" + Base58.encode(algorithm.prefix + bytes) }

  /// Whether `signature` is this key's over `message`.
  public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard signature.count == 64 else { return false }
    switch algorithm {
    case .ed25519:
      return (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?.isValidSignature(signature, for: message)
        ?? false
    case .es256:
      guard let key = try? P256.Signing.PublicKey(compressedRepresentation: bytes),
        let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
      else { return false }
      return key.isValidSignature(signature, for: message)
    }
  }
}
