import Consent
import Files

/// By whose leave one clip is used, as `open` and `evaluate` records state it.
public struct AdmittedTerms: Sendable, Equatable {
  public let clip: String
  /// Where the clip was found: for messages, the ledger does not keep it.
  public let datasetPath: String
  public let framesSHA256: String
  public let action: Action
  public let grant: String
  public let licensor: String
  public let basis: Basis
  public let standing: Standing
  /// The trusted key that signed for the licensor; nil when self-declared.
  public let signer: String?
  public let manifestSHA256: String
  /// The first second the grant no longer holds.
  public let expires: Moment?

  public init(
    clip: String, datasetPath: String, framesSHA256: String, action: Action, grant: String, licensor: String,
    basis: Basis,
    standing: Standing, signer: String?, manifestSHA256: String, expires: Moment?
  ) {
    self.clip = clip
    self.datasetPath = datasetPath
    self.framesSHA256 = framesSHA256
    self.action = action
    self.grant = grant
    self.licensor = licensor
    self.basis = basis
    self.standing = standing
    self.signer = signer
    self.manifestSHA256 = manifestSHA256
    self.expires = expires
  }

  /// - Parameter reserved: frames the run may have seen of it in all; nil without a cap.
  package func value(reserved: Int?) -> Value {
    var terms: Value = .object([
      .init("grant", .string(grant)), .init("licensor", .string(licensor)), .init("basis", .string(basis.rawValue)),
      .init("standing", .string(standing.rawValue)), .init("manifest", .string(manifestSHA256)),
      .init("frames_sha256", .string(framesSHA256)), .init("action", .string(action.rawValue)),
    ])
    if let signer { terms.set("signer", .string(signer)) }
    if let expires { terms.set("until", .string(expires.description)) }
    if let reserved { terms.set("reserved", Value(reserved)) }
    return terms
  }
}
