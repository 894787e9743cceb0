import Files

/// What is known of a manifest from outside it: who signed it and may speak for its licensor, and what was taken back
/// since.
///
/// Made once a manifest and handed to every decision. Its own words decide nothing here but whom it names; the user's
/// trust decides.
public struct Assurance: Sendable, Equatable {
  /// The manifest it speaks of.
  public let manifestSHA256: String
  public let standing: Standing
  /// The trusted key that signed for the licensor.
  public let signer: String?
  /// What the user calls that key's holder.
  public let signerName: String?
  /// Every key whose signature on the manifest is valid, trusted or not.
  public let signers: Set<String>
  /// Not empty: every clip is refused.
  public let faults: [Reason]
  /// What was withdrawn, by those who may.
  private let withdrawals: Withdrawals
  /// The highest serial of the licensor's lists at hand.
  public let revocationSerial: Int
  /// Keys whose word on where a clip comes from counts: those the user trusts now, this machine's own, the licensor's.
  private let importers: Set<String>
  /// Statements of where clips come from that this machine has seen to be true, by hash.
  private let proven: Set<String>

  /// - Parameters:
  ///   - revocations: lists for this manifest; one for another, or by somebody who may not speak for it, refuses
  ///     everything.
  ///   - remembered: lists that were accepted for it when they were seen.
  ///   - importers: keys besides the trusted ones that sign where clips come from: this machine's own.
  ///   - proven: statements of where clips come from that were seen to be true, by hash.
  ///   - newest: the highest version of this manifest known; an older one is superseded.
  public init(
    of manifest: Manifest, trust: Trust = .none, revocations: [RevocationList] = [],
    remembered: [RevocationList] = [], newest: Int? = nil, importers: Set<String> = [], proven: Set<String> = [],
    at time: Moment
  ) {
    manifestSHA256 = manifest.sha256
    let licensor = manifest.licensor.id
    signers = Set(manifest.signers.compactMap { $0?.did })
    var faults: [Reason] = []

    standing = manifest.signatures.isEmpty ? .selfDeclared : .signed
    let made = zip(manifest.signatures, manifest.signers).compactMap { signature, key in key.map { (signature, $0) } }
    let entry = made.compactMap { trust.entry($0.0, $0.1, for: licensor, at: time) }.min {
      ($0.key.did, $0.name ?? "") < ($1.key.did, $1.name ?? "")
    }
    (signer, signerName) = (entry?.key.did, entry?.name)
    let believed = trust.keys.values.filter { $0.until.map { time < $0 } ?? true }.map(\.key.did)
    self.importers = importers.union(believed).union([entry?.key.did].compactMap { $0 })
    self.proven = proven
    faults +=
      manifest.signatures.isEmpty
      ? Self.unsigned(licensor, trust)
      : Self.signatures(
        manifest, entry, known: made.filter { trust.knows($0.0, $0.1, at: time) }.map(\.1.did).min(), signers)
    for did in manifest.countersigners.prefix(Signature.most) where !signers.contains(did) {
      faults.append(
        Reason(
          .countersignatureMissing,
          "the manifest says it holds only with the signature of \(FieldReader.shortened(did)), which it lacks",
          fix: "have them run 'orrery consent countersign'"))
    }
    if let newest, manifest.version < newest {
      faults.append(
        Reason(
          .superseded, "this is version \(manifest.version) of the manifest, and version \(newest) is known",
          fix: "use the newest version"))
    }

    var withdrawals: [RevocationList.Entry] = [], serial = 0
    for list in revocations {
      guard list.manifest == manifest.id else {
        faults.append(
          Reason(
            .revocationNotTheirs,
            "a revocation list is for the manifest '\(FieldReader.shortened(list.manifest))', not for this one",
            fix: "give the list that belongs to this manifest"))
        continue
      }
      if Self.speaks(list, for: manifest, trust, signers) {
        withdrawals += list.entries
        serial = max(serial, list.serial)
        continue
      }
      // A person who countersigned takes back what is theirs, and nothing else.
      let own = Set(manifest.likeness.filter { $0.signer == list.issuer }.map(\.id))
      withdrawals += list.entries.filter { $0.person.map(own.contains) ?? false }
      if own.isEmpty || !list.entries.allSatisfy({ $0.person.map(own.contains) ?? false }) {
        faults.append(
          Reason(
            .revocationNotTheirs,
            "a revocation list by \(FieldReader.shortened(list.issuer)) takes back what is not theirs",
            fix:
              "check where the list comes from; if its issuer may speak for the licensor, add the key to the trust file"
          ))
      }
    }
    for list in remembered where list.manifest == manifest.id {
      withdrawals += list.entries
      // A person's list says nothing of how far the licensor's has come.
      if Self.speaks(list, for: manifest, trust, signers)
        || !manifest.likeness.contains(where: { $0.signer == list.issuer })
      {
        serial = max(serial, list.serial)
      }
    }
    (self.withdrawals, revocationSerial, self.faults) = (Withdrawals(withdrawals), serial, faults)
  }

  /// Whether a list may take back all that the manifest grants. Whoever may grant may, by the same rule; and refusing
  /// asks for less standing than granting: the licensor's own key will do untrusted, so will the very key that signed
  /// the manifest (unless it signed only for a person shown), that of a countersigner the manifest waits for, and a key
  /// whose certificate has run out.
  private static func speaks(
    _ list: RevocationList, for manifest: Manifest, _ trust: Trust, _ signers: Set<String>
  ) -> Bool {
    let did = list.issuer, licensor = manifest.licensor.id
    if did == licensor || trust.keys[did]?.licensors.contains(licensor) ?? false { return true }
    if signers.contains(did),
      manifest.countersigners.contains(did) || !manifest.likeness.contains(where: { $0.signer == did })
    {
      return true
    }
    return VerifyingKey(did: did).map { trust.everSpoke(list.signature, $0, for: licensor) } ?? false
  }

  private static func unsigned(_ licensor: String, _ trust: Trust) -> [Reason] {
    guard trust.knows(licensor) else { return [] }
    return [
      Reason(
        .signatureMissing, "nobody signed the manifest, and the trust file has a key for its licensor",
        fix: "ask the licensor for the signed manifest; signatures may have been stripped")
    ]
  }

  private static func signatures(
    _ manifest: Manifest, _ entry: Trust.Entry?, known: String?, _ signers: Set<String>
  ) -> [Reason] {
    var faults: [Reason] = []
    for (signature, key) in zip(manifest.signatures, manifest.signers) where key == nil {
      faults.append(
        Reason(
          .signatureInvalid,
          "the signature by \(FieldReader.shortened(signature.kid)) is not valid: the manifest was changed after signing, or the signature was",
          fix: "get the manifest from the licensor again, or have it signed again"))
    }
    guard entry == nil else { return faults }
    if let known {
      faults.append(
        Reason(
          .licensorNotSigned,
          "it is signed by \(FieldReader.shortened(known)), which the trust file does not let speak for '\(FieldReader.shortened(manifest.licensor.id))' now",
          fix: "have the licensor sign, or name the licensor under the key's licensors in the trust file"))
    } else {
      faults.append(
        Reason(
          .signerUnknown, "the trust file knows none of the keys that signed the manifest",
          fix: "if you know whose it is: " + Shell.orrery(["consent", "trust", signers.min() ?? "DID"])))
    }
    return faults
  }
}

extension Assurance {
  /// "self-declared", "signed by did:key:… (A Studio)", or that its signatures do not count.
  public var stamp: String {
    if standing == .selfDeclared { return standing.rawValue }
    return signer.map { "signed by " + $0 + (signerName.map { " (\(FieldReader.shortened($0)))" } ?? "") }
      ?? "signed by nobody the trust file knows"
  }

  /// What was withdrawn that concerns `grant` on `clip`, and what was withdrawn of `person`.
  package func withdrawn(grant: String, clip: String) -> [RevocationList.Entry] {
    withdrawals.all + (withdrawals.byGrant[grant] ?? [])
      + (withdrawals.byClip[clip] ?? []).filter { ($0.grant ?? grant) == grant }
  }

  /// What was withdrawn of `grant`, whole or of any clip: where it is known that footage under it was used, and not
  /// which.
  /// - Parameter holds: whether a clip stands under the grant.
  package func withdrawn(anyOf grant: String, holds: (_ clip: String) -> Bool) -> [RevocationList.Entry] {
    withdrawals.all + (withdrawals.byGrant[grant] ?? [])
      + withdrawals.byClip.values.joined().filter { entry in
        entry.grant.map { $0 == grant } ?? entry.clip.map(holds) ?? false
      }
  }

  package func withdrawn(person: String) -> [RevocationList.Entry] { withdrawals.byPerson[person] ?? [] }

  /// Entries by what they name, since every clip asks.
  private struct Withdrawals: Sendable, Equatable {
    var all: [RevocationList.Entry] = []
    /// Of a grant, whatever the clip.
    var byGrant: [String: [RevocationList.Entry]] = [:]
    /// Of a clip, under any grant or one.
    var byClip: [String: [RevocationList.Entry]] = [:]
    var byPerson: [String: [RevocationList.Entry]] = [:]

    init(_ entries: [RevocationList.Entry]) {
      for entry in entries {
        if let person = entry.person {
          byPerson[person, default: []].append(entry)
        } else if let clip = entry.clip {
          byClip[clip, default: []].append(entry)
        } else if let grant = entry.grant {
          byGrant[grant, default: []].append(entry)
        } else if entry.all {
          all.append(entry)
        }
      }
    }
  }
}

extension Assurance {
  /// Everybody whose list could bear on a manifest: whose remembered lists must be looked up.
  static func issuers(for manifest: Manifest, _ trust: Trust) -> Set<String> {
    var dids = Set(manifest.countersigners + manifest.likeness.compactMap(\.signer) + [manifest.licensor.id])
    dids.formUnion(manifest.signers.compactMap { $0?.did })
    dids.formUnion(trust.keys.values.filter { $0.licensors.contains(manifest.licensor.id) }.map(\.key.did))
    return dids
  }
}

extension Assurance {
  /// What keeps a clip's word about its origin from being believed.
  /// - Parameters:
  ///   - isLeantOn: the manifest lists the source alone, so everything rests on that word.
  ///   - dataset: where the clip lies, for the command that mends it.
  func objections(to derivation: ClipFacts.Derivation, isLeantOn: Bool, in dataset: String?) -> [Reason] {
    guard isLeantOn || !derivation.signatures.isEmpty else { return [] }
    let (valid, invalid) = derivation.signers
    if let changed = invalid.min() {
      return [
        Reason(
          .derivationMismatch,
          "its origin was changed after \(FieldReader.shortened(changed)) signed it, or the signature was",
          fix: "get the dataset again from whoever imported it, or import the footage again")
      ]
    }
    guard isLeantOn, valid.isDisjoint(with: importers), !proven.contains(Hashing.sha256(derivation.message)) else {
      return []
    }
    let again = Shell.orrery(["dataset", "vouch", dataset ?? "FILE.h5", "--source"]) + " FOOTAGE"
    let trusting = valid.min().map { "; or, if you know who imported it: orrery consent trust \($0)" } ?? ""
    return [
      Reason(
        .derivationUnproven,
        valid.isEmpty
          ? "the manifest lists the footage it says it was made from, and nobody signed that it was"
          : "the manifest lists the footage it says it was made from; whoever signed that it was is not trusted",
        fix: "where the footage is at hand, make the clip from it again: \(again)\(trusting)")
    ]
  }
}
