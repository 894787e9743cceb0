import Files

/// One signature in a document's `signatures`: `{alg, kid, sig}`, and `x5chain` when the key is vouched for by
/// certificates.
public struct Signature: Sendable, Equatable {
  /// Signatures a document may bear.
  package static let most = 64

  /// A `SignatureAlgorithm`'s raw value, if it is one we know.
  public let alg: String
  /// The signer's `did:key`.
  public let kid: String
  /// Base64url, 64 bytes.
  public let sig: String
  /// Certificates in base64 DER, the signer's first, the root left out; empty when there are none.
  public let x5chain: [String]

  public init(alg: String, kid: String, sig: String, x5chain: [String] = []) {
    self.alg = alg
    self.kid = kid
    self.sig = sig
    self.x5chain = x5chain
  }

  package init(_ reader: FieldReader) {
    alg = reader.text("alg", required: true) ?? ""
    kid = reader.text("kid", required: true) ?? ""
    sig = reader.text("sig", required: true) ?? ""
    x5chain = reader.texts("x5chain")
  }

  public var value: Value {
    var value: Value = ["alg": .string(alg), "kid": .string(kid), "sig": .string(sig)]
    if !x5chain.isEmpty { value.set("x5chain", .texts(x5chain)) }
    return value
  }

  /// The key that made it over `message`; nil when any part of it is not what it should be.
  public func key(over message: [UInt8]) -> VerifyingKey? {
    guard let algorithm = SignatureAlgorithm(rawValue: alg), let key = VerifyingKey(did: kid),
      key.algorithm == algorithm, let bytes = Base64URL.decode(sig)
    else { return nil }
    return key.isValid(bytes, for: message) ? key : nil
  }
}

/// What is signed of a document: a domain, a newline, and the RFC 8785 canonical bytes of everything but `signatures`.
/// The domain keeps a signature on one kind of document from passing on another kind that reads alike.
public enum SignedBytes {
  /// - Parameter domain: the document's schema, such as "orrery.optin/1".
  /// - Throws: `Problem` when the document has a fractional or a too large number, which readers would not agree on.
  public static func of(_ document: Value, domain: String, at place: String) throws -> [UInt8] {
    Array("\(domain)\n".utf8) + Array(try JSON.canonical(document.removing("signatures"), at: place).utf8)
  }
}

extension SigningKey {
  /// Signs a document as it stands. - Returns: the signature to put into its `signatures`.
  public func sign(_ document: Value, domain: String, at place: String, x5chain: [String] = []) throws -> Signature {
    let bytes = try sign(SignedBytes.of(document, domain: domain, at: place))
    return Signature(alg: algorithm.rawValue, kid: did, sig: Base64URL.encode(bytes), x5chain: x5chain)
  }
}

extension Manifest {
  /// This manifest with one signature more.
  public func signed(by key: SigningKey, x5chain: [String] = [], at place: String) throws -> Manifest {
    var document = self.document
    let signature = try key.sign(document, domain: Manifest.schema, at: place, x5chain: x5chain)
    document.set("signatures", .array((document["signatures"]?.array ?? []) + [signature.value]))
    return try Manifest(document, at: place)
  }
}
