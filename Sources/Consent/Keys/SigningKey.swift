import Credentials
import Crypto
import Files
import Foundation

/// A private key. It lives in a PKCS #8 PEM file of mode 0600 and is printed nowhere; what the world sees is
/// `verifyingKey.did`.
public struct SigningKey: Sendable {
  private enum Secret: Sendable {
    case ed25519(Curve25519.Signing.PrivateKey)
    case es256(P256.Signing.PrivateKey)
  }

  private let secret: Secret
  public let verifyingKey: VerifyingKey

  public var algorithm: SignatureAlgorithm { verifyingKey.algorithm }
  public var did: String { verifyingKey.did }

  /// A new key from the system's source of randomness.
  public init(_ algorithm: SignatureAlgorithm = .ed25519) throws {
    switch algorithm {
    case .ed25519: try self.init(.ed25519(.init()))
    case .es256: try self.init(.es256(.init()))
    }
  }

  private init(_ secret: Secret) throws {
    let key =
      switch secret {
      case .ed25519(let key): VerifyingKey(.ed25519, bytes: Array(key.publicKey.rawRepresentation))
      case .es256(let key): VerifyingKey(.es256, bytes: Array(key.publicKey.compressedRepresentation))
      }
    guard let key else { throw Problem("the public half of a key cannot be made") }
    (self.secret, verifyingKey) = (secret, key)
  }

  /// 64 bytes over `message`.
  public func sign(_ message: [UInt8]) throws -> [UInt8] {
    do {
      switch secret {
      case .ed25519(let key): return Array(try key.signature(for: message))
      case .es256(let key): return Array(try key.signature(for: message).rawRepresentation)
      }
    } catch { throw Problem("signing failed: \(error)") }
  }
}

extension SigningKey {
  /// RFC 8410 §7: what stands before the 32 secret bytes of an Ed25519 key in PKCS #8.
  private static let ed25519Header: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]

  /// PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` or `-algorithm EC -pkeyopt ec_paramgen_curve:P-256` writes
  /// it.
  package var pem: String {
    switch secret {
    case .ed25519(let key):
      "-----BEGIN PRIVATE KEY-----\n" + Data(Self.ed25519Header + key.rawRepresentation).base64EncodedString()
        + "\n-----END PRIVATE KEY-----\n"
    case .es256(let key): key.pemRepresentation + "\n"
    }
  }

  /// - Parameter place: named in errors; the text never is.
  package init(pem: String, at place: String) throws {
    let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
    if lines.first == "-----BEGIN PRIVATE KEY-----", lines.last == "-----END PRIVATE KEY-----",
      let der = Data(base64Encoded: lines.dropFirst().dropLast().joined()),
      der.count == Self.ed25519Header.count + 32, der.starts(with: Self.ed25519Header),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32))
    {
      try self.init(.ed25519(key)); return
    }
    guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
      throw Problem(
        "this is not a signing key", at: place,
        expected: "an Ed25519 or P-256 private key, PKCS #8 in PEM, without a passphrase",
        fix: "make one with 'orrery consent keygen'")
    }
    try self.init(.es256(key))
  }

  /// - Throws: `Problem` when the file is missing, open to others, or holds no key we can sign with.
  public init(path: String) throws {
    let data = try HomeFolder.readSecret(path)
    guard data.count <= 65_536, let text = String(data: data, encoding: .utf8) else {
      throw Problem(
        "this is not a signing key", at: path, expected: "a private key in PEM",
        fix: "make one with 'orrery consent keygen'")
    }
    try self.init(pem: text, at: path)
  }
}
