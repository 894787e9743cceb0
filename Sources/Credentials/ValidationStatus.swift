import Files

/// One thing that was checked, under the name C2PA gives it (2.x §15.2).
public struct Finding: Sendable, Equatable {
  public enum Kind: String, Sendable { case success, informational, failure }
  public enum Code: String, Sendable, CaseIterable {
    case signatureValidated = "claimSignature.validated", insideValidity = "claimSignature.insideValidity"
    case signatureMismatch = "claimSignature.mismatch", signatureMissing = "claimSignature.missing"
    case trusted = "signingCredential.trusted", untrusted = "signingCredential.untrusted"
    case expired = "signingCredential.expired", credentialInvalid = "signingCredential.invalid"
    case timeStampUnverified = "timeStamp.untrusted"
    case algorithmUnsupported = "algorithm.unsupported"
    case claimMissing = "claim.missing", claimMultiple = "claim.multiple", claimMalformed = "claim.cbor.invalid"
    case bindingMissing = "claim.hardBindings.missing", bindingsMultiple = "assertion.multipleHardBindings"
    case assertionMatch = "assertion.hashedURI.match", assertionMismatch = "assertion.hashedURI.mismatch"
    case assertionMissing = "assertion.missing", assertionUndeclared = "assertion.undeclared", assertionMalformed =
      "assertion.cbor.invalid"
    case actionMalformed = "assertion.action.malformed"
    case bmffMatch = "assertion.bmffHash.match", bmffMismatch = "assertion.bmffHash.mismatch", bmffMalformed =
      "assertion.bmffHash.malformed"
    case bmffExtra = "assertion.bmffHash.additionalExclusionsPresent"
    case dataMatch = "assertion.dataHash.match", dataMismatch = "assertion.dataHash.mismatch", dataMalformed =
      "assertion.dataHash.malformed"
    case dataExtra = "assertion.dataHash.additionalExclusionsPresent"
    case ingredientMissing = "ingredient.manifest.missing", ingredientMismatch = "ingredient.manifest.mismatch",
      ingredientValidated = "ingredient.manifest.validated"
    case ingredientSignatureMismatch = "ingredient.claimSignature.mismatch", ingredientMalformed =
      "assertion.ingredient.malformed"
    case unknownBox = "manifest.unknownBox"
  }

  public let code: Code
  public let kind: Kind
  /// The manifest it is about.
  public let manifest: String
  /// The part of the manifest, as a JUMBF path below it.
  public let part: String
  public let explanation: String

  public var value: Value {
    [
      "code": .string(code.rawValue), "kind": .string(kind.rawValue), "url": .string(url),
      "explanation": .string(explanation),
    ]
  }

  var url: String { "self#jumbf=/c2pa/\(manifest)" + (part.isEmpty ? "" : "/" + part) }
}

/// The verdict over a whole file, with C2PA's words: `Valid` when everything holds but nobody vouches for the signer.
public enum ValidationState: String, Sendable, Comparable {
  case invalid = "Invalid", valid = "Valid", trusted = "Trusted"
  private var rank: Int {
    switch self {
    case .invalid: 0;
    case .valid: 1;
    case .trusted: 2
    }
  }
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}
