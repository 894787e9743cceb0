import Files
import Frames

/// What the owners of a dataset's clips opted in to: who grants what, for which clips, to whom, until when.
///
/// A manifest is read from its document and never edited in place, so `sha256` always speaks of what the fields say.
/// Whatever the reader could not vouch for stands in `faults` beside the thing it concerns, and the decision refuses
/// that thing: a fault in a grant or asset spoils the clips that lean on it, one at the top level spoils everything.
public struct Manifest: Sendable, Equatable {
  public static let schema = "orrery.optin/1"

  public let id: String
  public let version: Int
  /// `sha256:…` of the manifest this one replaces.
  public let supersedes: String?
  public let issued: Moment?
  public let licensor: Licensor
  public let assets: [Asset]
  public let grants: [Grant]
  public let likeness: [Likeness]
  /// Keys whose signatures the manifest says it needs besides the licensor's.
  public let countersigners: [String]
  public let signatures: [Signature]
  /// For each signature the key that made it over these very bytes; nil where it is not valid.
  public let signers: [VerifyingKey?]
  /// What is wrong at the top level. Not empty: every clip is refused.
  public let faults: [Reason]
  /// SHA-256 of the RFC 8785 canonical bytes of the document without `signatures`.
  public let sha256: String
  /// The document as read.
  public let document: Value

  // Look-ups by name and hash, made once: a manifest may list a hundred thousand clips.
  let assetsByClip: [String: Int]
  let assetsByFrames: [String: [Int]]
  let assetsByFile: [String: [Int]]
  /// Of the entries without a hash of frames.
  let bareByFile: [String: [Int]]
  let grantsByID: [String: Int]
  let likenessByID: [String: Int]

  public struct Licensor: Sendable, Equatable {
    public let id: String
    public let name: String?
    public let role: LicensorRole?
    public let contact: String?
  }

  /// One clip the licensor lists.
  public struct Asset: Sendable, Equatable {
    public let clip: String
    /// 64 lower-case hexadecimal digits, like every hash here.
    public let fileSHA256: String?
    public let framesSHA256: String?
    /// What the clip had beside its frames when it was granted, all of it; nil where the manifest does not say.
    public let conditioning: ClipConditioning?
    /// Where in a file of many clips.
    public let path: String?
    /// Pixels.
    public let width: Int?
    public let height: Int?
    public let frames: Int?
    public let fps: String?
    public let creators: [String]
    /// Names of grants that speak of this clip.
    public let grants: [String]
    /// Names of the people who can be seen or heard in it.
    public let likeness: [String]
    public let faults: [Reason]
  }

  public struct Grant: Sendable, Equatable {
    public let id: String
    public let basis: Basis?
    /// "any" or one licensee's identifier.
    public let licensee: String
    public let actions: [String]
    public let deny: Set<Action>
    public let purpose: [String]
    public let commercial: Bool
    public let derivatives: Derivatives?
    public let models: [String]
    /// "*" or ISO 3166 codes.
    public let territory: [String]
    /// Frames seen per clip; nil means no cap.
    public let maxExposures: Int?
    /// The first second it holds.
    public let from: Moment?
    /// The first second it no longer holds; nil (written `null`) means open-ended.
    public let until: Moment?
    public let revocation: Revocation?
    public let compensation: Compensation?
    /// This grant's part in a royalty pool.
    public let weight: Int
    public let attribution: Attribution?
    public let terms: String?
    public let termsSHA256: String?
    public let faults: [Reason]
  }

  public struct Derivatives: Sendable, Equatable {
    public let weights: WeightsTerms?
    public let outputs: OutputsTerms?
    public let likenessOutputs: LikenessOutputs
  }

  public struct Revocation: Sendable, Equatable {
    public let allowed: Bool
    public let effect: RevocationEffect?
    public let noticeDays: Int?
    public let serial: Int?
  }

  public struct Compensation: Sendable, Equatable {
    public let model: CompensationModel
    /// A decimal string, so that no rounding enters a hash.
    public let rate: String?
    public let currency: String?
    public let pool: String?
    public let payee: String?
  }

  public struct Likeness: Sendable, Equatable {
    public let id: String
    public let personRef: String?
    public let uses: [String]
    public let intendedUse: String?
    public let representedBy: Representation?
    public let consentDocSHA256: String?
    /// The person's own key: stated, their consent holds only while the manifest bears its signature.
    public let signer: String?
    /// The first second the consent no longer holds.
    public let expires: Moment?
    public let faults: [Reason]
  }

  public func asset(_ clip: String) -> Asset? { assetsByClip[clip].map { assets[$0] } }
  public func grant(_ id: String) -> Grant? { grantsByID[id].map { grants[$0] } }
}
