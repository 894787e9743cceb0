import Files
import Foundation
import SwiftASN1
import X509

/// Certificates believed without further proof.
public struct TrustRoots: Sendable {
  let certificates: [Certificate]
  public var count: Int { certificates.count }
  public static let none = TrustRoots(certificates: [])

  init(certificates: [Certificate]) { self.certificates = certificates }

  /// A file of PEM certificates. - Throws: `Problem` when it holds none, or one that cannot be read.
  public init(path: String) throws {
    certificates = try PEM.certificates(try Disk.readText(path), at: path)
  }

  /// Whether `chain`, the signer's first, leads to a root at `now`; and if not, why.
  /// - Parameter now: nil asks no certificate for its dates.
  func accepts(_ chain: [Certificate], at now: Date?) -> (trusted: Bool, reason: String) {
    guard !certificates.isEmpty else { return (false, "no trust roots were given") }
    var current = chain[0], rest = Array(chain.dropFirst())
    for below in 0...chain.count {
      if let root = certificates.first(where: { Self.issued($0, current) }) {
        let faults = CertificateProfile.authorityFaults(root, below: below, at: now)
        return faults.isEmpty
          ? (true, "it leads to the root '\(root.subject)'")
          : (false, "the root '\(root.subject)' does not do: " + faults.joined(separator: ", "))
      }
      guard let i = rest.firstIndex(where: { Self.issued($0, current) }) else { break }
      let faults = CertificateProfile.authorityFaults(rest[i], below: below, at: now)
      guard faults.isEmpty else {
        return (false, "the issuer '\(rest[i].subject)' does not do: " + faults.joined(separator: ", "))
      }
      current = rest.remove(at: i)
    }
    return (false, "'\(current.issuer)', who issued '\(current.subject)', is not among the trust roots")
  }

  /// Whether `issuer` signed `certificate`: by name, by key identifier where both state one, and by signature.
  private static func issued(_ issuer: Certificate, _ certificate: Certificate) -> Bool {
    guard issuer.subject == certificate.issuer else { return false }
    if let wanted = (try? certificate.extensions.authorityKeyIdentifier)?.keyIdentifier,
      let there = (try? issuer.extensions.subjectKeyIdentifier)?.keyIdentifier, wanted != there
    {
      return false
    }
    return issuer.publicKey.isValidSignature(certificate.signature, for: certificate)
  }
}

/// PEM files (RFC 7468).
enum PEM {
  static func certificates(_ text: String, at path: String) throws -> [Certificate] {
    do {
      let found = try PEMDocument.parseMultiple(pemString: text).filter { $0.discriminator == "CERTIFICATE" }.map {
        try Certificate(pemDocument: $0)
      }
      guard !found.isEmpty else {
        throw Problem("the file holds no certificate", at: path, expected: "PEM: -----BEGIN CERTIFICATE-----")
      }
      return found
    } catch let problem as Problem { throw problem } catch let error as CertificateError
      where error.code == .unsupportedSignatureAlgorithm
    {
      throw Problem(
        "a certificate is signed with an algorithm that is not supported here (RSA-PSS?)", at: path,
        expected: "ECDSA, Ed25519 or RSA PKCS #1 1.5")
    } catch {
      throw Problem("the certificates cannot be read", at: path, expected: "PEM: -----BEGIN CERTIFICATE-----")
    }
  }

  static func text(_ certificates: [Certificate]) throws -> String {
    try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined()
  }
}

extension Certificate {
  var der: [UInt8] {
    get throws {
      var serializer = DER.Serializer()
      try serializer.serialize(self)
      return serializer.serializedBytes
    }
  }
}
