import Files

/// A COSE_Sign1 message (RFC 9052 §4.2) with its payload left out: the signature of a claim (C2PA 2.x §13.2).
package struct COSE {
  let algorithm: COSEAlgorithm?
  /// The algorithm's number as written, for messages.
  let algorithmName: String
  /// DER certificates, the signer's first (RFC 9360).
  let chain: [[UInt8]]
  let signature: [UInt8]
  /// Has a time stamp somebody else signed (`sigTst`, `sigTst2`). Said, not verified here.
  let hasTimeStamp: Bool
  private let protected: [UInt8]
  /// The payload, when it is not detached.
  private let payload: [UInt8]?

  /// Certificates of a chain at most.
  static let mostCertificates = 16

  /// - Throws: `Problem` when the message is not a COSE_Sign1, or carries no certificates.
  init(_ bytes: [UInt8], at place: String) throws {
    func refuse(_ what: String) -> Problem {
      Problem("the claim's signature \(what)", at: place, expected: "COSE_Sign1 (RFC 9052)")
    }
    var item = try CBOR(bytes, at: place)
    if case .tagged(let tag, let inner) = item {
      guard tag == 18 else { throw refuse("has the tag \(tag)") }
      item = inner
    }
    guard let parts = item.array, parts.count == 4, let protected = parts[0].bytes, parts[1].pairs != nil,
      let signature = parts[3].bytes
    else { throw refuse("has another shape") }
    guard parts[2] == .null || parts[2].bytes != nil else { throw refuse("has a payload that is not bytes") }
    let headers = protected.isEmpty ? CBOR.map([]) : try CBOR(protected, at: place)
    (self.protected, self.signature, payload) = (protected, signature, parts[2].bytes)
    guard headers[2] == nil else { throw refuse("demands header fields we do not know") }
    algorithmName = headers[1]?.integer.map(String.init) ?? headers[1]?.text ?? "none"
    algorithm = headers[1]?.integer.flatMap(COSEAlgorithm.init(rawValue:))
    let found = headers[33] ?? headers["x5chain"] ?? parts[1][33] ?? parts[1]["x5chain"]
    switch found {
    case .bytes(let one)?: chain = [one]
    case .array(let list)?: chain = list.compactMap(\.bytes)
    default: chain = []
    }
    guard !chain.isEmpty, chain.count <= Self.mostCertificates else {
      throw refuse("carries \(chain.count) certificates")
    }
    hasTimeStamp = parts[1]["sigTst"] != nil || parts[1]["sigTst2"] != nil
  }

  /// Whether the signature holds over `claim` with the public key of `key`.
  func isValid(for claim: [UInt8], key: PublicKey) -> Bool {
    guard let algorithm, payload == nil || payload == claim else { return false }
    return key.isValid(signature, for: Self.signed(protected, claim), algorithm)
  }

  /// The bytes signed: Sig_structure (RFC 9052 §4.4) with no external data.
  package static func signed(_ protected: [UInt8], _ claim: [UInt8]) -> [UInt8] {
    CBOR.array(["Signature1", .bytes(protected), .bytes([]), .bytes(claim)]).encoded
  }

  /// Signs a claim; the message's length depends on the signer alone. Without a `signer`'s key a zero signature stands
  /// in.
  static func message(_ claim: [UInt8], by signer: Signer, dry: Bool = false) throws -> [UInt8] {
    let chain = signer.chain.map { CBOR.bytes($0) }
    let protected = CBOR.map([
      .init(1, .integer(signer.algorithm.rawValue)), .init(33, chain.count == 1 ? chain[0] : .array(chain)),
    ]).encoded
    let signature =
      dry ? [UInt8](repeating: 0, count: signer.algorithm.signatureLength) : try signer.sign(signed(protected, claim))
    return CBOR.tagged(18, [.bytes(protected), .map([]), .null, .bytes(signature)]).encoded
  }
}
