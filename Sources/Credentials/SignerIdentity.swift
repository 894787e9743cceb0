import Crypto
import Files
import Foundation
import X509

/// Who signed a claim, as far as the certificate tells.
public struct SignerIdentity: Sendable, Equatable {
  /// Common name, or the whole subject.
  public let name: String
  public let organization: String?
  public let issuer: String
  /// SHA-256 of the certificate, as hexadecimal digits.
  public let fingerprint: String
  public let notBefore: String, notAfter: String
  /// How the claim was signed: `ES256`, `Ed25519`, …
  public let algorithm: String
  /// The public key, when it is a P-256 (compressed point, 33 bytes) or an Ed25519 one (32 bytes): what a `did:key` is
  /// made of.
  public let key: [UInt8]?
  /// `ES256` or `Ed25519`, when `key` is there.
  public let keyKind: String?

  init(_ certificate: Certificate, algorithm: String) {
    func part(_ name: DistinguishedName, _ oid: [UInt]) -> String? {
      for rdn in name {
        for attribute in rdn where "\(attribute.type)" == oid.map(String.init).joined(separator: ".") {
          return String(attribute.value)
        }
      }
      return nil
    }
    name = part(certificate.subject, [2, 5, 4, 3]) ?? "\(certificate.subject)"
    organization = part(certificate.subject, [2, 5, 4, 10])
    issuer = part(certificate.issuer, [2, 5, 4, 3]) ?? "\(certificate.issuer)"
    fingerprint = BigEndian.hex(Digest.of((try? certificate.der) ?? []))
    (notBefore, notAfter) = (Stamp.text(certificate.notValidBefore), Stamp.text(certificate.notValidAfter))
    self.algorithm = algorithm
    if let p256 = P256.Signing.PublicKey(certificate.publicKey) {
      (key, keyKind) = (Array(p256.compressedRepresentation), "ES256")
    } else if let ed = Curve25519.Signing.PublicKey(certificate.publicKey) {
      (key, keyKind) = (Array(ed.rawRepresentation), "Ed25519")
    } else {
      (key, keyKind) = (nil, nil)
    }
  }

  public var value: Value {
    [
      "name": .string(name), "organization": Value(organization), "issuer": .string(issuer),
      "certificate_sha256": .string(fingerprint), "valid_from": .string(notBefore),
      "valid_until": .string(notAfter), "algorithm": .string(algorithm),
    ]
  }
}
