import Crypto
import Files
import Foundation
import SwiftASN1
import X509

/// A private key and the certificates that say whose it is.
public struct Signer: Sendable {
  /// DER, the signer's own first, the root left out.
  let chain: [[UInt8]]
  let algorithm: COSEAlgorithm
  let leaf: Certificate
  private let key: Certificate.PrivateKey

  /// - Throws: `Problem` when the key is not the certificate's, is of a kind claims are not signed with here, or the
  ///   certificate does not fit C2PA's profile or is outside its validity.
  init(key: Certificate.PrivateKey, certificates: [Certificate], now: Date, at place: String) throws {
    guard let leaf = certificates.first else { throw Problem("there is no certificate", at: place) }
    guard leaf.publicKey == key.publicKey else {
      throw Problem(
        "the first certificate is not for this key", at: place,
        expected: "the signer's own certificate first, then those that issued it",
        fix: "check that the key and the chain belong together")
    }
    if P256.Signing.PublicKey(key.publicKey) != nil {
      algorithm = .es256
    } else if P384.Signing.PublicKey(key.publicKey) != nil {
      algorithm = .es384
    } else if P521.Signing.PublicKey(key.publicKey) != nil {
      algorithm = .es512
    } else if Curve25519.Signing.PublicKey(key.publicKey) != nil {
      algorithm = .eddsa
    } else {
      throw Problem(
        "claims are not signed with this kind of key here", at: place, expected: "P-256, P-384, P-521 or Ed25519")
    }
    let faults = CertificateProfile.faults(leaf)
    guard faults.isEmpty else {
      throw Problem(
        "the certificate does not fit C2PA: " + faults.joined(separator: ", "), at: place,
        fix: "ask your authority for one that does")
    }
    guard leaf.notValidBefore <= now, now <= leaf.notValidAfter else {
      throw Problem(
        "the certificate is valid from \(Stamp.text(leaf.notValidBefore)) to \(Stamp.text(leaf.notValidAfter)), and it is \(Stamp.text(now))",
        at: place, fix: "check the clock, or renew the certificate")
    }
    chain = try certificates.filter { $0.subject != $0.issuer }.map { try $0.der }
    (self.leaf, self.key) = (leaf, key)
  }

  /// ECDSA as r ‖ s (IEEE P1363), as COSE wants it.
  func sign(_ message: [UInt8]) throws -> [UInt8] {
    switch algorithm {
    case .es256:
      Array(
        try P256.Signing.ECDSASignature(
          derRepresentation: key.sign(bytes: message, signatureAlgorithm: .ecdsaWithSHA256).rawRepresentation
        ).rawRepresentation)
    case .es384:
      Array(
        try P384.Signing.ECDSASignature(
          derRepresentation: key.sign(bytes: message, signatureAlgorithm: .ecdsaWithSHA384).rawRepresentation
        ).rawRepresentation)
    case .es512:
      Array(
        try P521.Signing.ECDSASignature(
          derRepresentation: key.sign(bytes: message, signatureAlgorithm: .ecdsaWithSHA512).rawRepresentation
        ).rawRepresentation)
    default: try key.sign(bytes: message, signatureAlgorithm: .ed25519).rawRepresentation
    }
  }
}

/// Dates as C2PA and people write them: `2026-11-21T03:00:00Z`.
enum Stamp {
  static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
