import Files

/// Whether a clip may be used: admitted under one grant, or refused for every reason that stands in the way.
public enum Decision: Sendable, Equatable {
  case admitted(Terms)
  case refused([Reason])

  /// What an admission rests on.
  public struct Terms: Sendable, Equatable {
    public let grant: String
    public let basis: Basis
    public let standing: Standing
    /// The first second it no longer holds: the grant's end or the first person's, whichever comes first.
    public let expires: Moment?
    /// Frames that may still be seen under the grant's cap.
    public let remainingExposures: Int?
    /// The manifest's entry that was matched, when that is the clip's source rather than the clip.
    public let source: String?
    /// What did not stand in the way but must be said, such as a signature nobody checked.
    public let notes: [Reason]
  }

  public var isAdmitted: Bool { if case .admitted = self { true } else { false } }
  public var terms: Terms? { if case .admitted(let terms) = self { terms } else { nil } }
  public var reasons: [Reason] { if case .refused(let reasons) = self { reasons } else { [] } }

  /// Decides, from its arguments alone. The answer is no unless everything below holds:
  ///
  /// 1. the manifest has no fault at its top level, and the clock is plausible and not before `issued`;
  /// 2. the manifest lists the clip and its frames' hash, or the source the clip says it was derived from;
  /// 3. every person in it consents to the use, today;
  /// 4. nothing vetoes: no fault in the entry or in **any** grant it names (an unreadable grant might forbid this very use), no
  ///    grant named that is not there, no `deny` in a grant that concerns the request. A `deny` does not lapse: a grant that has
  ///    ended stops permitting, not forbidding;
  /// 5. one grant, alone, covers the action, time, licensee, model, purpose, commerce and territory, is below its cap, and rests
  ///    on a basis the experiment takes unsigned. Among several the first by name is taken, so order means nothing.
  ///
  /// - Parameter exposures: frames of this clip seen so far under each grant.
  public static func decide(_ manifest: Manifest, _ clip: ClipFacts, _ request: ConsentRequest, exposures: [String: Int] = [:]) -> Decision {
    var vetoes = manifest.faults + clockTrouble(manifest, request)
    let match: ListedContent
    switch ListedContent.find(clip, in: manifest) {
    case .failure(let failure): return .refused((vetoes + failure.reasons).settled())
    case .success(let found): match = found
    }
    vetoes += match.asset.faults

    let people = LikenessCheck(manifest, match.asset, request)
    vetoes += people.vetoes

    var shortfalls: [Reason] = []
    var covering: [Manifest.Grant] = []
    for name in Set(match.asset.grants) {
      guard let grant = manifest.grant(name) else {
        vetoes.append(Reason(.unknownGrant, "it names the grant '\(FieldReader.shortened(name))', which the manifest does not have",
          fix: "add the grant to the manifest, or take its name off the clip", grant: name))
        continue
      }
      let check = GrantCheck(grant, request, derived: match.isDerived, signed: !manifest.signatures.isEmpty, seen: exposures[name] ?? 0)
      vetoes += check.vetoes
      shortfalls += check.shortfalls
      if check.vetoes.isEmpty && check.shortfalls.isEmpty { covering.append(grant) }
    }
    if match.asset.grants.isEmpty {
      shortfalls.append(Reason(.noGrant, "the manifest lists the clip and grants nothing for it", fix: "ask the licensor to name a grant in the clip's entry"))
    }

    guard vetoes.isEmpty, let grant = covering.min(by: { $0.id < $1.id }), let basis = grant.basis else {
      // With a veto in place, shortfalls of other grants only matter when none of them would have covered it anyway.
      return .refused((covering.isEmpty ? vetoes + shortfalls : vetoes).settled())
    }
    return .admitted(Terms(
      grant: grant.id, basis: basis, standing: .selfDeclared, expires: [grant.until, people.expires].compactMap { $0 }.min(),
      remainingExposures: grant.maxExposures.map { $0 - (exposures[grant.id] ?? 0) }, source: match.isDerived ? match.asset.clip : nil,
      notes: manifest.signatures.isEmpty ? [] : [GrantCheck.signatureNote]))
  }

  /// No clock, no consent: a machine that thinks it is 1970 would find every expired grant alive.
  private static func clockTrouble(_ manifest: Manifest, _ request: ConsentRequest) -> [Reason] {
    var reasons: [Reason] = []
    if request.time < plausible {
      reasons.append(Reason(.clockNotSet, "the clock says \(request.time), so no grant's dates can be judged", fix: "set the machine's clock"))
    } else if let issued = manifest.issued, request.time < issued {
      reasons.append(Reason(.clockBeforeIssue, "the clock says \(request.time), before the manifest was issued (\(issued))",
        fix: "set the machine's clock, or ask the licensor for a manifest with the right date"))
    }
    return reasons
  }

  /// 2020-01-01T00:00:00Z, years before this program.
  static let plausible = Moment(seconds: 1_577_836_800)
}
