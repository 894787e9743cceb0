import Files
import Foundation

/// What a media file's own credentials say about mining and training: `cawg.training-mining` (CAWG Training and Data
/// Mining 1.1, and 1.0 without `entries`) and C2PA's older `c2pa.training-mining`.
///
/// Absence is not a grant: `read` gives nil for a file without credentials, and an empty list where credentials say
/// nothing of this.
public struct TrainingMining: Sendable, Equatable {
  public enum Permission: String, Sendable {
    case allowed, notAllowed
    /// Under conditions; CAWG 1.1 §3.2: to be read as not allowed unless they are met.
    case constrained
    public var forbids: Bool { self != .allowed }
  }

  public struct Entry: Sendable, Equatable {
    /// As written: `cawg.ai_generative_training`, `c2pa.data_mining`, …
    public let key: String
    /// The key without its prefix: `ai_generative_training`, `ai_training`, `ai_inference`, `data_mining`, or one we do
    /// not know.
    public let use: String
    /// What cannot be read counts as not allowed.
    public let permission: Permission
    public let constraint: String?
    /// `cawg.training-mining` or `c2pa.training-mining`.
    public let label: String
    /// Whether the file's own manifest says it; otherwise an ingredient's does, whose footage may be in the file.
    public let isActive: Bool
  }

  /// Of the active manifest first, then of its ingredients.
  public let entries: [Entry]
  /// Who signed the active manifest; nil when the certificate cannot be read.
  public let signer: SignerIdentity?
  /// `invalid` means that the file or the claim was changed, or the signer's certificate is no good: what it forbids
  /// should still be heeded, what it allows not be believed.
  public let state: ValidationState
  /// C2PA's codes of what failed.
  public let failures: [String]
  /// When the first action is said to have happened, RFC 3339. The signer's word: no time stamp is verified.
  public let claimedTime: String?
  public let source: StoreSource

  /// The strictest word on a use, over all manifests; nil when nothing speaks of it.
  public func permission(for use: String) -> Permission? {
    let found = entries.filter { $0.use == use }.map(\.permission)
    return found.contains(.notAllowed) ? .notAllowed : found.contains(.constrained) ? .constrained : found.first
  }

  /// - Parameters:
  ///   - path: a media file, MP4 and MOV above all; PNG and JPEG too. A `.c2pa` file beside it is read when it carries
  ///     none itself.
  ///   - trust: who is believed; the default believes nobody, so that the best state is `valid`.
  /// - Returns: nil when there are no credentials.
  /// - Throws: `Problem` when there are some that cannot be read: what cannot be read might forbid.
  public static func read(_ path: String, trust: TrustRoots = .none, now: Date = Date()) throws -> TrainingMining? {
    try read(OpenedFile(path), trust: trust, now: now)
  }

  /// The same of a file that is open.
  package static func read(_ file: OpenedFile, trust: TrustRoots = .none, now: Date = Date()) throws -> TrainingMining?
  {
    guard let report = try CredentialReport.read(file, trust: trust, now: now) else { return nil }
    return TrainingMining(
      entries: report.manifests.filter(\.isActive).flatMap(\.training)
        + report.manifests.filter { !$0.isActive }.flatMap(\.training), signer: report.signer, state: report.state,
      failures: report.findings.filter { $0.kind == .failure }.map(\.code.rawValue),
      claimedTime: report.manifests.first(where: \.isActive)?.when, source: report.source)
  }

  /// The entries of one assertion.
  static func entries(_ value: CBOR, label: String, isActive: Bool) -> [Entry] {
    // 1.0 has the uses at the top.
    let pairs = (value["entries"] ?? value).pairs ?? []
    return pairs.compactMap { pair in
      guard let key = pair.key.text, key.hasPrefix("cawg.") || key.hasPrefix("c2pa.") else { return nil }
      let word = pair.value["use"]?.text ?? pair.value.text
      return Entry(
        key: key, use: String(key.dropFirst(5)), permission: word.flatMap(Permission.init(rawValue:)) ?? .notAllowed,
        constraint: (pair.value["constraint_info"] ?? pair.value["constraints_info"])?.text, label: label,
        isActive: isActive)
    }
  }

  /// The assertion we write: training is not allowed. Of mining and inference nothing is said, so that whoever made a
  /// video may go on from it.
  public static var withheld: Assertion {
    Assertion(
      "cawg.training-mining",
      [
        "entries": .map(
          ["cawg.ai_generative_training", "cawg.ai_training"].map { .init(.text($0), ["use": "notAllowed"]) })
      ])
  }
}
