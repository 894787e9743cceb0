import Consent
import Credentials
import Files

/// What a media file's own credentials say about training, as a dataset keeps it beside a clip's origin.
public enum MediaTerms {
  /// - Returns: nil for a file without credentials, or whose credentials say nothing of this. Credentials that cannot
  ///   be read give a value that the gate refuses: they may forbid.
  @Sendable public static func read(_ file: OpenedFile) -> Value? {
    let found: TrainingMining?
    do { found = try TrainingMining.read(file) } catch {
      return ["unreadable": .string((error as? Problem)?.what ?? "\(error)")]
    }
    return found.flatMap { terms($0)?.value }
  }

  package static func terms(_ found: TrainingMining) -> EmbeddedTerms? {
    var terms = EmbeddedTerms(uses: [:])
    for use in EmbeddedTerms.Use.allCases {
      // Of what was changed after signing only the prohibitions are believed.
      guard let said = found.permission(for: use.rawValue), said.forbids || found.state != .invalid else { continue }
      terms.uses[use] = EmbeddedTerms.Permission(rawValue: said.rawValue) ?? .notAllowed
    }
    guard !terms.uses.isEmpty else { return nil }
    // What an ingredient's signer forbids, the one who signed over it cannot lift: such terms name nobody who could.
    let inherited = found.entries.contains { !$0.isActive && $0.permission.forbids }
    if found.state != .invalid, !inherited, let key = found.signer?.key,
      let kind = found.signer?.keyKind.flatMap(SignatureAlgorithm.init(rawValue:))
    {
      terms.signer = VerifyingKey(kind, bytes: key)?.did
    }
    terms.time = found.claimedTime.flatMap { Moment($0) }
    return terms
  }
}
