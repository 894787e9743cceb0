import Files

/// Holds one grant against a request: what in it forbids the use outright, and where it falls short of permitting it.
package struct GrantCheck {
  /// Any of these refuses the clip, whatever other grants say.
  private(set) var vetoes: [Reason] = []
  /// Any of these keeps this grant from being the one that admits.
  private(set) var shortfalls: [Reason] = []

  /// The first second a withdrawal already announced will end it; nil when none is.
  private(set) var ends: Moment?

  /// - Parameters:
  ///   - match: the entry that speaks of the clip.
  ///   - names: every name the clip's footage has in the manifest; what was withdrawn of one is withdrawn of all.
  ///   - showsPeople: whether people are named under any of them.
  ///   - seen: frames of the entry's content seen under this grant, whatever the clips were called.
  package init(
    _ grant: Manifest.Grant, _ request: ConsentRequest, _ match: ListedContent, _ assurance: Assurance,
    names: Set<String>, showsPeople: Bool, seen: Int
  ) {
    let derived = match.isDerived
    for fault in grant.faults { vetoes.append(Reason(fault.code, fault.sentence, fix: fault.fix, grant: grant.id)) }

    let action = request.action.rawValue
    if let denial = Self.denial(grant, request) { vetoes.append(denial) }
    func short(_ code: Reason.Code, _ sentence: String, fix: String) {
      shortfalls.append(Reason(code, sentence, fix: fix, grant: grant.id))
    }

    if request.without.contains(grant.id) {
      short(.leftOut, "the experiment leaves this grant out", fix: "take it out of data[].without if it may be used")
    }
    if !grant.actions.contains(action) {
      short(
        .actionNotGranted, "the grant allows \(Self.list(grant.actions)), not \(action)",
        fix: "ask the licensor for \(action)")
    }
    shortfalls += Self.outOfScope(grant, request).map { Reason($0.code, $0.sentence, fix: $0.fix, grant: grant.id) }
    if request.commercial && !grant.commercial {
      short(
        .commercialNotCovered, "the grant does not cover commercial use",
        fix: "ask the licensor for it, or run with commercial: false if that is true")
    }
    if let from = grant.from, request.time < from {
      short(.notYetValid, "the grant begins on \(from)", fix: "wait until then")
    }
    if let until = grant.until, request.time >= until {
      short(.expired, "the grant ended on \(until)", fix: "ask the licensor to renew it")
    }
    if let cap = grant.maxExposures, seen >= cap {
      short(
        .exposureCapReached, "its frames were seen \(seen) times, and the grant allows \(cap)",
        fix: "ask the licensor for a higher max_exposures")
    }
    if derived && !Self.allowsDerived(grant, request.action) {
      short(
        .derivativesNotAllowed,
        "the clip was derived from granted footage, and the grant's derivatives do not cover \(action)",
        fix: "ask the licensor to state derivatives.weights (training) or derivatives.outputs (other uses)")
    }
    if request.action == .distributeOutputs, showsPeople, grant.derivatives?.likenessOutputs != .allow {
      short(
        .likenessOutputsDenied, "it shows people, and the grant's derivatives.likeness_outputs is deny",
        fix: "ask the licensor and the people shown")
    }
    revocations(grant, request, match.asset.clip, names, assurance)
    if assurance.standing == .selfDeclared, let basis = grant.basis, !request.unsignedBases.contains(basis) {
      short(
        .unsignedBasisNotListed,
        "nobody signed for it, and the experiment does not take the basis '\(basis.rawValue)' unsigned",
        fix:
          "add it if you can answer for it: consent: {unsigned: [\(basis.rawValue)]} in the experiment, --unsigned \(basis.rawValue) on the command line"
      )
    }
  }

  /// What a grant forbids of a request, whatever it or others permit.
  static func denial(_ grant: Manifest.Grant, _ request: ConsentRequest, as name: String? = nil) -> Reason? {
    guard grant.deny.contains(request.action), !isElsewhere(grant, request) else { return nil }
    return Reason(
      .denied,
      "the grant denies \(request.action.rawValue)"
        + (name.map { " for the same footage under the name '\(FieldReader.shortened($0))'" } ?? ""),
      fix: "only the licensor can lift a deny", grant: grant.id)
  }

  /// A revocation ends what a grant permits, not what it forbids.
  private mutating func revocations(
    _ grant: Manifest.Grant, _ request: ConsentRequest, _ clip: String, _ names: Set<String>, _ assurance: Assurance
  ) {
    let others = names.subtracting([clip]).sorted().flatMap { name in
      assurance.withdrawn(grant: grant.id, clip: name).filter { $0.clip == name }
    }
    for entry in assurance.withdrawn(grant: grant.id, clip: clip) + others {
      if let from = entry.from, request.time < from { ends = min(ends ?? from, from); continue }
      let effect = (entry.effect ?? grant.revocation?.effect ?? .stopUse).rawValue
      shortfalls.append(
        Reason(
          .revoked,
          "the licensor revoked it"
            + (entry.clip.flatMap { $0 == clip ? nil : " as '\(FieldReader.shortened($0))', which is the same footage" }
              ?? "") + (entry.from.map { " from \($0)" } ?? "")
            + (entry.reason.map { ": \(FieldReader.shortened($0))" } ?? "") + " (\(effect))",
          fix: "leave the clip out; 'orrery consent impact' names what used it", grant: grant.id))
    }
    if let needed = grant.revocation?.serial, needed > assurance.revocationSerial {
      shortfalls.append(
        Reason(
          .revocationListMissing,
          "the licensor's revocation list has reached serial \(needed), and "
            + (assurance.revocationSerial == 0
              ? "none is at hand" : "the newest at hand is \(assurance.revocationSerial)"),
          fix: "get the list from the licensor: consent: {revocations: [FILE]}, or --revocations FILE", grant: grant.id)
      )
    }
  }

  /// Whether the request is certainly none of the grant's business, so that its denials do not concern it. A request
  /// that leaves its licensee, model or territory open may be the one meant, and is; so is one that says a word of no
  /// list, and a name that differs in spelling alone. Commerce and dates are no borders: a non-commercial or ended
  /// grant still forbids.
  private static func isElsewhere(_ grant: Manifest.Grant, _ request: ConsentRequest) -> Bool {
    func names(_ words: [String], _ word: String?) -> Bool {
      guard let word = word.map(Spelling.folded), !word.isEmpty else { return true }
      let meant = words.map(Spelling.folded)
      // What folds to nothing could be anybody.
      return meant.contains(word) || meant.contains("any") || meant.contains("")
    }
    func lists(_ words: [String], _ all: String, _ word: String?, isListed: (String) -> Bool) -> Bool {
      guard let word, isListed(word) else { return true }
      return words.contains(word) || words.contains(all)
    }
    return !names([grant.licensee], request.licensee) || !names(grant.models, request.model)
      || !lists(grant.purpose, Purpose.any, request.purpose) { Purpose(rawValue: $0) != nil }
      || !lists(grant.territory, Territory.everywhere, request.territory, isListed: Territory.isCode)
  }

  /// Whom and what the grant does not speak of. For a permission, a request that leaves something open is outside.
  private static func outOfScope(_ grant: Manifest.Grant, _ request: ConsentRequest) -> [Reason] {
    var reasons: [Reason] = []
    if grant.licensee != "any", grant.licensee != request.licensee {
      reasons.append(
        Reason(
          .licenseeNotCovered,
          "the grant is to '\(FieldReader.shortened(grant.licensee))', not to \(request.licensee.map { "'\($0)'" } ?? "an unnamed licensee")",
          fix: "say who you are in the experiment's consent.licensee, or ask the licensor for a grant of your own"))
    }
    if !grant.models.contains("any"), !(request.model.map(grant.models.contains) ?? false) {
      reasons.append(
        Reason(
          .modelNotCovered,
          "the grant covers the models \(list(grant.models)), not \(request.model.map { "'\($0)'" } ?? "an unnamed one")",
          fix: "name the model as the grant does, or ask the licensor to add it"))
    }
    if !grant.purpose.contains("any"), !grant.purpose.contains(request.purpose) {
      reasons.append(
        Reason(
          .purposeNotCovered, "the grant covers the purposes \(list(grant.purpose)), not '\(request.purpose)'",
          fix: "ask the licensor to add the purpose"))
    }
    if !grant.territory.contains("*"), !(request.territory.map(grant.territory.contains) ?? false) {
      reasons.append(
        Reason(
          .territoryNotCovered,
          "the grant covers \(list(grant.territory)), not \(request.territory ?? "an unnamed territory")",
          fix: "say where you work in the experiment's consent.territory, or ask the licensor to add it"))
    }
    return reasons
  }

  /// Our reading of the schema: fine-tuning on a derived clip makes weights, so `derivatives.weights` must be stated
  /// (its value says how they may travel); any other use of it makes outputs, so `derivatives.outputs` must be. Silence
  /// allows neither.
  private static func allowsDerived(_ grant: Manifest.Grant, _ action: Action) -> Bool {
    switch action {
    case .pretrain, .fineTune, .distributeWeights: grant.derivatives?.weights != nil
    case .evaluate, .distributeOutputs: grant.derivatives?.outputs != nil
    }
  }

  private static func list(_ words: [String]) -> String {
    words.isEmpty
      ? "nothing"
      : words.prefix(8).map { FieldReader.shortened($0) }.joined(separator: ", ") + (words.count > 8 ? ", …" : "")
  }
}
