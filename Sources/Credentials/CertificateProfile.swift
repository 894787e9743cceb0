import Crypto
import Files
import Foundation
import SwiftASN1
import X509
import _CryptoExtras

/// What a certificate that signs claims must be (C2PA 2.x §14.5, tried against libc2pa): version 3, not an authority,
/// for digital signatures, for one of the purposes C2PA names, and issued by somebody else.
enum CertificateProfile {
  static let claimSigning: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 62558, 2, 1]
  static let emailProtection: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 4]
  static let documentSigning: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 3, 36]
  private static let anyPurpose: ASN1ObjectIdentifier = [2, 5, 29, 37, 0]
  private static let signing: [ASN1ObjectIdentifier] = [
    claimSigning, emailProtection, documentSigning, [1, 3, 6, 1, 4, 1, 311, 76, 59, 1, 9],
  ]
  private static let known: [ASN1ObjectIdentifier] = [
    [2, 5, 29, 15], [2, 5, 29, 19], [2, 5, 29, 37], [2, 5, 29, 14], [2, 5, 29, 35], [2, 5, 29, 17],
  ]

  /// What is wrong with `leaf`, in words; empty when nothing is. Dates are not looked at.
  static func faults(_ leaf: Certificate) -> [String] {
    var out: [String] = []
    if leaf.version != .v3 { out.append("it is not X.509 version 3") }
    if leaf.issuer == leaf.subject { out.append("it is self-signed") }
    if ![
      .sha256WithRSAEncryption, .sha384WithRSAEncryption, .sha512WithRSAEncryption, .ecdsaWithSHA256, .ecdsaWithSHA384,
      .ecdsaWithSHA512, .ed25519,
    ].contains(leaf.signatureAlgorithm) {
      out.append("it is signed with an algorithm C2PA does not allow")
    }
    if let rsa = _RSA.Signing.PublicKey(leaf.publicKey), rsa.keySizeInBits < 2048 {
      out.append("its RSA key has \(rsa.keySizeInBits) bits, fewer than 2048")
    }
    do {
      if case .isCertificateAuthority = try leaf.extensions.basicConstraints {
        out.append("it is an authority's (CA:TRUE)")
      }
      if let usage = try leaf.extensions.keyUsage {
        if !usage.digitalSignature { out.append("its key usage lacks digitalSignature") }
        if usage.keyCertSign { out.append("its key usage has keyCertSign") }
      } else {
        out.append("it has no key usage")
      }
      if let purposes = try leaf.extensions.extendedKeyUsage {
        if purposes.contains(.init(oid: anyPurpose)) { out.append("its extended key usage allows any purpose") }
        if !purposes.contains(where: { usage in signing.contains { ExtendedKeyUsage.Usage(oid: $0) == usage } }) {
          out.append("its extended key usage names no purpose C2PA knows")
        }
      } else {
        out.append("it has no extended key usage")
      }
      if try leaf.extensions.authorityKeyIdentifier == nil { out.append("it has no authority key identifier") }
    } catch {
      out.append("an extension cannot be read")
    }
    if leaf.extensions.contains(where: { $0.critical && !known.contains($0.oid) }) {
      out.append("it has a critical extension we do not know")
    }
    return out
  }

  /// What keeps `certificate` from issuing others; empty when nothing does.
  /// - Parameter now: nil does not look at dates.
  static func authorityFaults(_ certificate: Certificate, below: Int, at now: Date?) -> [String] {
    var out: [String] = []
    do {
      if case .isCertificateAuthority(let most) = try certificate.extensions.basicConstraints {
        if let most, most < below { out.append("its path length allows \(most) authorities below it") }
      } else {
        out.append("it is not an authority's")
      }
      if let usage = try certificate.extensions.keyUsage, !usage.keyCertSign {
        out.append("its key usage lacks keyCertSign")
      }
    } catch {
      out.append("an extension cannot be read")
    }
    if certificate.extensions.contains(where: { $0.critical && !(known + [[2, 5, 29, 30]]).contains($0.oid) }) {
      out.append("it has a critical extension we do not know")
    }
    if let now,
      !(certificate.notValidBefore...max(certificate.notValidBefore, certificate.notValidAfter)).contains(now)
    {
      out.append("it is outside its validity")
    }
    return out
  }
}
