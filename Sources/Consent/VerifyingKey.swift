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
  fileprivate var prefix: [UInt8] { switch self { case .ed25519: [0xED, 0x01]; case .es256: [0x80, 0x24] } }
  fileprivate var keyBytes: Int { switch self { case .ed25519: 32; case .es256: 33 } }
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
    case .ed25519: guard (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else { return nil }
    case .es256: guard (try? P256.Signing.PublicKey(compressedRepresentation: bytes)) != nil else { return nil }
    }
    (self.algorithm, self.bytes) = (algorithm, bytes)
  }

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
    case .ed25519: return (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?.isValidSignature(signature, for: message) ?? false
    case .es256:
      guard let key = try? P256.Signing.PublicKey(compressedRepresentation: bytes), let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
      return key.isValidSignature(signature, for: message)
    }
  }
}
