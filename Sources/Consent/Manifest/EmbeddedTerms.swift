import Files

/// What a media file's own credentials say about mining and training (CAWG Training and Data Mining 1.1,
/// `cawg.training-mining`; C2PA 1.x, `c2pa.training-mining`). Negative evidence only: what they allow, and their
/// absence, grants nothing.
public struct EmbeddedTerms: Sendable, Equatable {
  /// The last word of an entry's name, with either prefix.
  public enum Use: String, Sendable, CaseIterable {
    case dataMining = "data_mining"
    case inference = "ai_inference"
    case training = "ai_training"
    case generativeTraining = "ai_generative_training"
  }

  public enum Permission: String, Sendable, CaseIterable {
    case allowed, notAllowed
    /// Allowed under conditions we cannot judge; counts as not allowed.
    case constrained
  }

  public var uses: [Use: Permission]
  /// The `did:key` of the key that signed the credentials, when its signature holds.
  public var signer: String?
  /// When it was signed.
  public var time: Moment?

  public init(uses: [Use: Permission], signer: String? = nil, time: Moment? = nil) {
    (self.uses, self.signer, self.time) = (uses, signer, time)
  }

  /// `{uses: {ai_training: notAllowed, …}, signer, time}`: how a dataset keeps it beside a clip's origin.
  public var value: Value {
    var value: Value = [
      "uses": .object(Use.allCases.compactMap { use in uses[use].map { .init(use.rawValue, .string($0.rawValue)) } })
    ]
    if let signer { value.set("signer", .string(signer)) }
    if let time { value.set("time", .string(time.description)) }
    return value
  }

  /// nil for anything that is not whole: terms we cannot read may forbid.
  public init?(_ value: Value) {
    guard let fields = value["uses"]?.fields,
      value.fields?.allSatisfy({ ["uses", "signer", "time"].contains($0.key) }) ?? false
    else { return nil }
    uses = [:]
    for field in fields {
      guard let use = Use(rawValue: field.key), let permission = field.value.string.flatMap(Permission.init(rawValue:))
      else { return nil }
      uses[use] = permission
    }
    signer = value["signer"]?.string
    time = value["time"]?.string.flatMap { Moment($0) }
    guard (value["signer"] == nil) == (signer == nil), (value["time"] == nil) == (time == nil) else { return nil }
  }

  /// The entry that speaks of an action. Training is also a kind of mining, so the wider words stand in where the exact
  /// one is silent; for running a model on the footage there is one word only.
  package func permission(_ action: Action) -> (use: Use, permission: Permission)? {
    let order: [Use] =
      switch action {
      case .pretrain, .fineTune, .distributeWeights: [.generativeTraining, .training, .dataMining]
      case .evaluate, .distributeOutputs: [.inference]
      }
    return order.lazy.compactMap { use in uses[use].map { (use, $0) } }.first
  }

  /// Why they forbid the action, unless somebody who signed the manifest also signed them, and changed their mind
  /// since.
  package func objection(to action: Action, _ manifest: Manifest, _ assurance: Assurance) -> Reason? {
    guard let (use, permission) = permission(action), permission != .allowed else { return nil }
    if let signer, let time, assurance.signers.contains(signer), let issued = manifest.issued, issued > time {
      return nil
    }
    return Reason(
      .mediaForbids,
      "the footage's own credentials say \(use.rawValue): \(permission.rawValue)"
        + (signer.map { " (signed by \(FieldReader.shortened($0)))" } ?? ""),
      fix: "ask whoever signed the footage; a newer manifest signed with the same key overrules its credentials")
  }
}
