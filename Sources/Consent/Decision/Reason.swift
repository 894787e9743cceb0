import Files

/// Why something was refused: a code for programs, a sentence for people, and what to do about it.
public struct Reason: Sendable, Hashable {
  /// Printed as kebab-case (`code.rawValue`); once published, a code keeps its meaning.
  public enum Code: String, Sendable, CaseIterable {
    // The manifest cannot be relied on as a whole, or in one part.
    case unknownField = "unknown-field"
    case missingField = "missing-field"
    case invalidField = "invalid-field"
    case duplicateName = "duplicate-name"
    // Who signed, and what was taken back.
    case signatureInvalid = "signature-invalid"
    case signerUnknown = "signer-unknown"
    case licensorNotSigned = "licensor-not-signed"
    case signatureMissing = "signature-missing"
    case countersignatureMissing = "countersignature-missing"
    case superseded = "superseded"
    case revocationNotTheirs = "revocation-not-theirs"
    // The clock.
    case clockNotSet = "clock-not-set"
    case clockBeforeIssue = "clock-before-issue"
    // The clip.
    case unlistedClip = "unlisted-clip"
    case ambiguousSource = "ambiguous-source"
    case contentHashMissing = "content-hash-missing"
    case contentHashMismatch = "content-hash-mismatch"
    case contentChanged = "content-changed"
    case derivationUnreadable = "derivation-unreadable"
    case derivationMismatch = "derivation-mismatch"
    case derivationUnproven = "derivation-unproven"
    case conditioningNotVouched = "conditioning-not-vouched"
    case mediaForbids = "media-forbids"
    case mediaTermsUnreadable = "media-terms-unreadable"
    case noGrant = "no-grant"
    case unknownGrant = "unknown-grant"
    // One grant.
    case denied = "denied"
    case actionNotGranted = "action-not-granted"
    case notYetValid = "not-yet-valid"
    case expired = "expired"
    case licenseeNotCovered = "licensee-not-covered"
    case modelNotCovered = "model-not-covered"
    case purposeNotCovered = "purpose-not-covered"
    case commercialNotCovered = "commercial-not-covered"
    case territoryNotCovered = "territory-not-covered"
    case exposureCapReached = "exposure-cap-reached"
    case derivativesNotAllowed = "derivatives-not-allowed"
    case leftOut = "left-out"
    case unsignedBasisNotListed = "unsigned-basis-not-listed"
    case revoked = "revoked"
    case revocationListMissing = "revocation-list-missing"
    case likenessOutputsDenied = "likeness-outputs-denied"
    // The people in it.
    case likenessUnknown = "likeness-unknown"
    case likenessExpired = "likeness-expired"
    case likenessUseNotListed = "likeness-use-not-listed"
    case likenessNotSigned = "likeness-not-signed"
    case likenessRevoked = "likeness-revoked"
  }

  public let code: Code
  /// What is the case, without the clip's name (the row it stands in has that).
  public let sentence: String
  /// What a person can do.
  public let fix: String
  /// The grant it speaks of, when it speaks of one.
  public let grant: String?

  package init(_ code: Code, _ sentence: String, fix: String, grant: String? = nil) {
    self.code = code
    self.sentence = sentence
    self.fix = fix
    self.grant = grant
  }

  public var value: Value {
    var fields: [Value.Field] = [.init("code", .string(code.rawValue))]
    if let grant { fields.append(.init("grant", .string(grant))) }
    return .object(fields + [.init("sentence", .string(sentence)), .init("fix", .string(fix))])
  }
}

extension Array where Element == Reason {
  /// Each reason once, in an order that does not depend on the order grants were listed in.
  func settled() -> [Reason] {
    let order = Dictionary(uniqueKeysWithValues: Reason.Code.allCases.enumerated().map { ($1, $0) })
    func key(_ r: Reason) -> (Int, String, String) { (order[r.code] ?? 0, r.grant ?? "", r.sentence) }
    return Array(Set(self)).sorted { key($0) < key($1) }
  }
}
