import Files

/// The words a manifest uses. Their raw values are the schema's; docs/CONSENT.md, "The manifest".

/// What may be done with a clip.
public enum Action: String, Sendable, CaseIterable {
  case pretrain
  case fineTune = "fine-tune"
  case evaluate
  case distributeWeights = "distribute-weights"
  case distributeOutputs = "distribute-outputs"

  /// The use a person must have consented to when the clip shows them.
  var likenessUse: LikenessUse {
    switch self {
    case .pretrain, .fineTune: .training
    case .evaluate: .evaluation
    case .distributeWeights, .distributeOutputs: .distribution
    }
  }

  /// What is wrong with a word that should be an action; nil for one.
  package static func objection(_ text: String) -> String? {
    let words = allCases.map(\.rawValue)
    return words.contains(text)
      ? nil
      : "'\(FieldReader.shortened(text))' is no action\(FieldReader.hint(text, words)); it can be "
        + words.joined(separator: ", ")
  }
}

/// What a person shown consents to.
public enum LikenessUse: String, Sendable, CaseIterable {
  case training, evaluation, distribution

  package static func objection(_ text: String) -> String? {
    let words = allCases.map(\.rawValue)
    return words.contains(text)
      ? nil
      : "'\(FieldReader.shortened(text))' is no use\(FieldReader.hint(text, words)); it can be "
        + words.joined(separator: ", ")
  }
}

/// Why the licensor may grant at all.
public enum Basis: String, Sendable, CaseIterable {
  case consent, licence
  case ownWork = "own-work"
  case publicDomain = "public-domain"
}

/// Whether a key the user trusts vouched for the manifest, or its bare word was taken.
public enum Standing: String, Sendable, CaseIterable {
  case signed
  case selfDeclared = "self-declared"
}

public enum LicensorRole: String, Sendable, CaseIterable {
  case rightsholder, agent
  case collectingSociety = "collecting-society"
}

/// Which terms a model fine-tuned on the clip may travel under.
public enum WeightsTerms: String, Sendable, CaseIterable {
  case `private`
  case shareAlike = "share-alike"
  case open
}

public enum OutputsTerms: String, Sendable, CaseIterable { case allowed, `internal`, attribution }
public enum LikenessOutputs: String, Sendable, CaseIterable { case deny, allow }

/// What a withdrawal asks for.
public enum RevocationEffect: String, Sendable, CaseIterable {
  case stopUse = "stop-use"
  case deleteCache = "delete-cache"
  case retrain
}

public enum CompensationModel: String, Sendable, CaseIterable {
  case none, flat
  case perExposure = "per-exposure"
  case royaltyShare = "royalty-share"
}

public enum Attribution: String, Sendable, CaseIterable { case required, requested, none }
public enum Representation: String, Sendable, CaseIterable { case counsel, union, none }
