import Crypto
import Foundation
import X509
import _CryptoExtras

/// How claims are signed: COSE's numbers (RFC 9053, RFC 8230) of the algorithms C2PA allows (§13.2.1).
enum COSEAlgorithm: Int, CaseIterable, Sendable {
  case es256 = -7, eddsa = -8, es384 = -35, es512 = -36, ps256 = -37, ps384 = -38, ps512 = -39

  var name: String {
    switch self {
    case .es256: "ES256"
    case .eddsa: "Ed25519"
    case .es384: "ES384"
    case .es512: "ES512"
    case .ps256: "PS256"
    case .ps384: "PS384"
    case .ps512: "PS512"
    }
  }

  /// Bytes, where the algorithm alone decides it.
  var signatureLength: Int {
    switch self {
    case .es256, .eddsa: 64
    case .es384: 96
    case .es512: 132
    case .ps256, .ps384, .ps512: 256
    }
  }
}

/// A certificate's public key, as far as claims are signed with such.
struct PublicKey {
  let certificate: Certificate

  /// Whether `signature` is over `message`. ECDSA signatures are r ‖ s (IEEE P1363).
  func isValid(_ signature: [UInt8], for message: [UInt8], _ algorithm: COSEAlgorithm) -> Bool {
    let key = certificate.publicKey
    switch algorithm {
    case .eddsa: return Curve25519.Signing.PublicKey(key)?.isValidSignature(signature, for: message) ?? false
    case .es256, .es384, .es512: return ecdsa(signature, message, algorithm)
    case .ps256, .ps384, .ps512:
      guard let key = _RSA.Signing.PublicKey(key), key.keySizeInBits >= 2048 else { return false }
      let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
      return switch algorithm {
      case .ps256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .PSS)
      case .ps384: key.isValidSignature(signature, for: SHA384.hash(data: message), padding: .PSS)
      default: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .PSS)
      }
    }
  }

  /// The curve is the key's, the hash the algorithm's: others pair them freely.
  private func ecdsa(_ signature: [UInt8], _ message: [UInt8], _ algorithm: COSEAlgorithm) -> Bool {
    func check<D: Crypto.Digest>(_ digest: D) -> Bool {
      if let key = P256.Signing.PublicKey(certificate.publicKey) {
        return (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map {
          key.isValidSignature($0, for: digest)
        } ?? false
      }
      if let key = P384.Signing.PublicKey(certificate.publicKey) {
        return (try? P384.Signing.ECDSASignature(rawRepresentation: signature)).map {
          key.isValidSignature($0, for: digest)
        } ?? false
      }
      if let key = P521.Signing.PublicKey(certificate.publicKey) {
        return (try? P521.Signing.ECDSASignature(rawRepresentation: signature)).map {
          key.isValidSignature($0, for: digest)
        } ?? false
      }
      return false
    }
    return switch algorithm {
    case .es256: check(SHA256.hash(data: message))
    case .es384: check(SHA384.hash(data: message))
    default: check(SHA512.hash(data: message))
    }
  }
}
