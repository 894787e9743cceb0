import Crypto
import Files
import Foundation
import SwiftASN1
import X509

/// A local authority: a root of this machine's own, and a certificate it issues for signing claims. Nobody else trusts
/// it until they are given `root.pem`.
enum Issuer {
  static let rootDays = 3650.0, leafDays = 365.0
  /// Clocks of other machines may be behind.
  private static let slack = 3600.0

  static func root(_ key: P256.Signing.PrivateKey, now: Date) throws -> Certificate {
    let own = Certificate.PrivateKey(key), name = try name("orrery local root \(fingerprint(key))")
    return try Certificate(
      version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: now.addingTimeInterval(-slack),
      notValidAfter: now.addingTimeInterval(rootDays * 86400),
      issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: own.publicKey)
      }, issuerPrivateKey: own)
  }

  static func leaf(
    _ key: P256.Signing.PrivateKey, from root: Certificate, _ rootKey: P256.Signing.PrivateKey, now: Date
  ) throws -> Certificate {
    let own = Certificate.PrivateKey(key)
    return try Certificate(
      version: .v3, serialNumber: .init(), publicKey: own.publicKey, notValidBefore: now.addingTimeInterval(-slack),
      notValidAfter: min(now.addingTimeInterval(leafDays * 86400), root.notValidAfter), issuer: root.subject,
      subject: try name("orrery claim signer \(fingerprint(key))"),
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([
          .init(oid: CertificateProfile.emailProtection), .init(oid: CertificateProfile.claimSigning),
        ])
        AuthorityKeyIdentifier(keyIdentifier: try root.extensions.subjectKeyIdentifier?.keyIdentifier)
        SubjectKeyIdentifier(hash: own.publicKey)
      }, issuerPrivateKey: .init(rootKey))
  }

  private static func name(_ common: String) throws -> DistinguishedName {
    try DistinguishedName {
      OrganizationName("orrery"); CommonName(common)
    }
  }

  /// Names differ between machines, so that two roots in one trust file can be told apart.
  private static func fingerprint(_ key: P256.Signing.PrivateKey) -> String {
    String(BigEndian.hex(Digest.of(key.publicKey.x963Representation)).prefix(8))
  }
}
