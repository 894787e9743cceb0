import Files
import Frames

/// Whether a clip may be used: admitted under one grant, or refused for every reason that stands in the way.
public enum Decision: Sendable, Equatable {
  case admitted(Terms)
  case refused([Reason])

  /// What an admission rests on.
  public struct Terms: Sendable, Equatable {
    public let grant: String
    public let basis: Basis
    public let standing: Standing
    /// The trusted key that signed for the licensor; nil when self-declared.
    public let signer: String?
    /// The first second it no longer holds: the grant's end, the first person's, or a revocation announced for later.
    public let expires: Moment?
    /// Frames that may still be seen under the grant's cap.
    public let remainingExposures: Int?
    /// The manifest's entry that was matched, when that is the clip's source rather than the clip.
    public let source: String?
    /// What the model is given beside the frames; nil where nobody looked.
    public let conditioning: ClipConditioning?
    /// What of it nobody vouched for.
    public let unvouched: [ClipConditioning.Part]
    /// Content of the manifest's entry: what its cap is counted by.
    public let content: String
  }

  public var isAdmitted: Bool { if case .admitted = self { true } else { false } }
  public var terms: Terms? { if case .admitted(let terms) = self { terms } else { nil } }
  public var reasons: [Reason] { if case .refused(let reasons) = self { reasons } else { [] } }

  /// Decides, from its arguments alone. The answer is no unless everything below holds:
  ///
  /// 1. the manifest has no fault at its top level, and the clock is plausible and not before `issued`;
  /// 2. every signature on it is valid and one is the licensor's, by a key the user trusts; or nobody signed, and
  /// nobody should have.
  ///    No newer version of it is known, and no revocation list is somebody else's;
  /// 3. the manifest lists the clip and its frames' hash, or the source the clip was derived from, which somebody the
  ///    user believes has shown; and what conditions a model beside the frames is what the manifest lists of it;
  /// 4. the footage's own credentials do not forbid it;
  /// 5. every person in it consents to the use, today, by their own key where the manifest names one;
  /// 6. nothing vetoes: no fault in the entry or in **any** grant it names (an unreadable grant might forbid this very
  /// use), no
  ///    grant named that is not there, no `deny` in a grant that concerns the request. A `deny` does not lapse: a grant
  ///    that has ended stops permitting, not forbidding;
  /// 7. one grant, alone, covers the action, time, licensee, model, purpose, commerce and territory, is below its cap,
  /// not revoked,
  ///    and, if nobody signed, rests on a basis the experiment takes unsigned. Among several the first by name is
  ///    taken, so order means nothing.
  ///
  /// - Parameters:
  ///   - exposures: frames of this clip seen so far under each grant.
  ///   - assurance: what is known of the manifest besides its words; nil trusts no key and knows of no revocation.
  public static func decide(
    _ manifest: Manifest, _ clip: ClipFacts, _ request: ConsentRequest, exposures: [String: Int] = [:],
    assurance given: Assurance? = nil
  ) -> Decision {
    // An assurance of another manifest says nothing of this one.
    let assurance =
      given.flatMap { $0.manifestSHA256 == manifest.sha256 ? $0 : nil } ?? Assurance(of: manifest, at: request.time)
    var vetoes = manifest.faults + clockTrouble(manifest, at: request.time) + assurance.faults
    let match: ListedContent
    switch ListedContent.find(clip, in: manifest) {
    case .failure(let failure): return .refused((vetoes + failure.reasons).settled())
    case .success(let found): match = found
    }
    vetoes += match.asset.faults
    if case .derived(let derivation) = clip.origin {
      vetoes += assurance.objections(to: derivation, isLeantOn: match.isDerived, in: clip.dataset)
    }
    let conditioning = ConditioningCheck(clip, match, request)
    vetoes += conditioning.vetoes

    switch clip.embedded {
    case .none: break
    case .read(let terms): vetoes += [terms.objection(to: request.action, manifest, assurance)].compactMap { $0 }
    case .unreadable:
      vetoes.append(
        Reason(
          .mediaTermsUnreadable, "the dataset keeps terms from the footage's own credentials that cannot be read",
          fix: "import the footage again"))
    }

    // Whoever is named under one name of the footage can be seen under every one.
    let same = SameContent(match, clip, in: manifest), shown = Set(same.twins.flatMap(\.likeness))
    let people = LikenessCheck(manifest, shown, request, assurance)
    vetoes += people.vetoes
    vetoes += underOtherNames(same, match, manifest, request)

    var shortfalls: [Reason] = []
    var covering: [(grant: Manifest.Grant, ends: Moment?)] = []
    for name in Set(match.asset.grants) {
      guard let grant = manifest.grant(name) else {
        vetoes.append(
          unknownGrant(name))
        continue
      }
      let check = GrantCheck(
        grant, request, match, assurance, names: same.names, showsPeople: !shown.isEmpty, seen: exposures[name] ?? 0)
      vetoes += check.vetoes
      shortfalls += check.shortfalls
      if check.vetoes.isEmpty && check.shortfalls.isEmpty { covering.append((grant, check.ends)) }
    }
    if match.asset.grants.isEmpty {
      shortfalls.append(
        Reason(
          .noGrant, "the manifest lists the clip and grants nothing for it",
          fix: "ask the licensor to name a grant in the clip's entry"))
    }

    guard vetoes.isEmpty, let (grant, ends) = covering.min(by: { $0.grant.id < $1.grant.id }), let basis = grant.basis
    else {
      // With a veto in place, shortfalls of other grants only matter when none of them would have covered it anyway.
      return .refused((covering.isEmpty ? vetoes + shortfalls : vetoes).settled())
    }
    return .admitted(
      Terms(
        grant: grant.id, basis: basis, standing: assurance.standing, signer: assurance.signer,
        expires: [grant.until, people.expires, ends].compactMap { $0 }.min(),
        remainingExposures: grant.maxExposures.map { $0 - (exposures[grant.id] ?? 0) },
        source: match.isDerived ? match.asset.clip : nil, conditioning: conditioning.found,
        unvouched: conditioning.unvouched, content: manifest.content(of: match.asset)))
  }

  static func unknownGrant(_ name: String) -> Reason {
    Reason(
      .unknownGrant, "it names the grant '\(FieldReader.shortened(name))', which the manifest does not have",
      fix: "add the grant to the manifest, or take its name off the clip", grant: name)
  }

  /// No clock, no consent: a machine that thinks it is 1970 would find every expired grant alive.
  package static func clockTrouble(_ manifest: Manifest, at time: Moment) -> [Reason] {
    var reasons: [Reason] = []
    if time < Moment.plausible {
      reasons.append(
        Reason(
          .clockNotSet, "the clock says \(time), so no grant's dates can be judged", fix: "set the machine's clock"))
    } else if let issued = manifest.issued, time < issued {
      reasons.append(
        Reason(
          .clockBeforeIssue, "the clock says \(time), before the manifest was issued (\(issued))",
          fix: "set the machine's clock, or ask the licensor for a manifest with the right date"))
    }
    return reasons
  }
}
