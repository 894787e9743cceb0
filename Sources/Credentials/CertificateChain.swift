import Crypto
import Files
import Foundation
import SwiftASN1
import X509

/// Certificates that say whose a signing key is, where the signature is not C2PA's: a consent manifest's `x5chain`.
package struct CertificateChain: Sendable {
  private let certificates: [Certificate]

  /// - Parameter base64: DER in base64, the signer's own first; nil when any of it is no certificate.
  package init?(base64: [String]) {
    guard (1...8).contains(base64.count), base64.allSatisfy({ $0.utf8.count <= 65_536 }) else { return nil }
    let found = base64.map { text in Data(base64Encoded: text).flatMap { try? Certificate(derEncoded: Array($0)) } }
    guard !found.contains(nil) else { return nil }
    certificates = found.compactMap { $0 }
  }

  /// - Throws: `Problem` when the file holds no certificate, or one that cannot be read.
  package init(pem path: String) throws {
    certificates = try PEM.certificates(try Disk.readText(path), at: path)
  }

  /// As `x5chain` has it: the root, which proves nothing, left out.
  package var base64: [String] {
    get throws { try certificates.filter { $0.subject != $0.issuer }.map { Data(try $0.der).base64EncodedString() } }
  }

  /// The signer.
  package var identity: SignerIdentity { SignerIdentity(certificates[0], algorithm: "") }

  /// Why it does not vouch for its first key at that time; nil when it does. The certificate must be one that content
  /// credentials could be signed with: issued by another, for signatures, within its validity.
  /// - Parameter seconds: since 1970; nil asks whether it ever did, whatever its dates.
  package func objection(_ roots: TrustRoots, at seconds: Int64?) -> String? {
    let now = seconds.map { Date(timeIntervalSince1970: Double($0)) }, leaf = certificates[0]
    if let fault = CertificateProfile.faults(leaf).first { return fault }
    if let now, now < leaf.notValidBefore || leaf.notValidAfter < now { return "it is outside its validity" }
    let verdict = roots.accepts(certificates, at: now)
    return verdict.trusted ? nil : verdict.reason
  }
}

extension TrustRoots: Equatable {
  public static func == (a: Self, b: Self) -> Bool { a.certificates == b.certificates }

  /// Roots as PEM text. - Throws: `Problem` when there are none, or one cannot be read or is no authority's.
  package init(pem text: String, at place: String) throws {
    let found = try PEM.certificates(text, at: place)
    for one in found {
      guard case .isCertificateAuthority? = try? one.extensions.basicConstraints else {
        throw Problem(
          "the certificate '\(one.subject)' is not an authority's", at: place, expected: "a root certificate (CA:TRUE)",
          fix: "ask for the root that issued it")
      }
    }
    self.init(certificates: found)
  }

  /// Their names.
  package var subjects: [String] { certificates.map { "\($0.subject)" } }
}
