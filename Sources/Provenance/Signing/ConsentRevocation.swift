import Consent
import Files
import Foundation
import Runs

/// `consent revoke`: writes a signed revocation list, or the next one.
public struct ConsentRevocation: Sendable {
  public var grants: [String] = []
  public var clips: [String] = []
  public var people: [String] = []
  public var all = false
  public var from: Moment?
  public var effect: RevocationEffect?
  public var reason: String?
  /// A PEM file of certificates that vouch for the key, the signer's first.
  public var chain: String?

  public init() {}

  public struct Result: Sendable {
    public let list: RevocationList
    public let path: String
    public let added: Int
    public let notes: [String]
  }

  /// Where a manifest's list is kept, when nobody says otherwise: `reel.optin.json` has `reel.revocations.json` beside
  /// it.
  public static func path(for manifest: String) -> String {
    let name = (manifest as NSString).deletingPathExtension
    return (name.hasSuffix(".optin") && !name.hasSuffix("/.optin") ? String(name.dropLast(6)) : name)
      + ".revocations.json"
  }

  /// - Parameters:
  ///   - path: the manifest.
  ///   - out: the list; one that is there is extended, under the next serial.
  /// - Throws: `Problem` for names the manifest does not have, a key that may not take this back, and a list that is
  ///   older than one this person has signed or seen before.
  public func write(
    _ path: String, to out: String, with key: SigningKey, _ files: ConsentFiles = ConsentFiles(),
    home: HomeFolder? = .own, at time: Moment = .now()
  ) throws -> Result {
    try time.requirePlausible()
    let manifest = try Manifest(path: path)
    try requireNames(manifest, path)
    let known = try home.flatMap { try RevocationList.remembered(issuer: key.did, manifest: manifest.id, in: $0) }
    let old = try Disk.exists(out) ? RevocationList(path: out) : nil
    if let old {
      guard old.issuer == key.did else {
        throw Problem(
          "this list is \(old.issuer)'s, and your key is \(key.did)", at: out,
          fix: "choose another --out: every issuer keeps a list of their own")
      }
      guard old.manifest == manifest.id else {
        throw Problem(
          "this revocation list is for another manifest", at: out, expected: manifest.id, fix: "choose another --out")
      }
    }
    // A list lost or restored from an old copy must not be built upon: what it forgot would come back to life.
    if let known, known.serial > old?.serial ?? 0 {
      throw Problem(
        "\(old == nil ? "you have issued a list before" : "this list is older than one you have issued"), with serial \(known.serial)",
        at: out,
        fix: "put that list back first (yours is kept in the home folder under seen/revocations), then revoke again")
    }
    var entries = old?.entries ?? []
    let new = wanted(manifest, time).filter { !entries.contains($0) }
    entries += new
    if new.isEmpty, let old { return Result(list: old, path: out, added: 0, notes: []) }
    let document = try Self.document(
      manifest, key, certificates(manifest, key), serial: (old?.serial ?? 0) + 1, entries, time)
    let list = try RevocationList(document, at: out)
    let assurance = Assurance(
      of: manifest, trust: try files.policy(for: [manifest], home: home).trust, revocations: [list], at: time)
    if let fault = assurance.faults.first(where: { $0.code == .revocationNotTheirs }) {
      throw Problem(
        fault.sentence, at: path,
        fix: "revoke with the licensor's key, or with --chain by the certificates that vouch for yours; a person shown "
          + "takes back --person with their own")
    }
    try Disk.write(JSON.pretty(document), to: out)
    if let home { try list.remember(for: manifest, in: home, at: out) }
    return Result(list: list, path: out, added: new.count, notes: notes(manifest))
  }

  private func requireNames(_ manifest: Manifest, _ path: String) throws {
    guard all || !grants.isEmpty || !clips.isEmpty || !people.isEmpty else {
      throw Problem.usage("nothing is named to revoke", expected: "--grant, --clip, --person or --all")
    }
    for grant in grants where manifest.grant(grant) == nil {
      throw Problem(
        "the manifest has no grant '\(grant)'" + Nearest.hint(grant, manifest.grants.map(\.id)), at: path,
        fix: "its grants are \(manifest.grants.prefix(8).map(\.id).joined(separator: ", "))")
    }
    for clip in clips where manifest.asset(clip) == nil {
      throw Problem("the manifest lists no clip '\(clip)'", at: path, fix: "name it as the manifest does")
    }
    for person in people where !manifest.likeness.contains(where: { $0.id == person }) {
      throw Problem(
        "the manifest has no person '\(person)'", at: path,
        fix: "its people are \(manifest.likeness.prefix(8).map(\.id).joined(separator: ", "))")
    }
  }

  /// At once, unless the grant promised notice.
  private func wanted(_ manifest: Manifest, _ time: Moment) -> [RevocationList.Entry] {
    func entry(
      grant: String? = nil, clip: String? = nil, person: String? = nil, all: Bool = false
    ) -> RevocationList.Entry {
      let notice = grant.flatMap { manifest.grant($0)?.revocation?.noticeDays }.flatMap {
        $0 > 0 ? Moment(seconds: time.seconds + Int64(min($0, 36_500)) * 86_400) : nil
      }
      return .init(
        grant: grant, clip: clip, person: person, all: all, from: from ?? notice, effect: effect, reason: reason)
    }
    var entries = people.map { entry(person: $0) }
    if all { entries.append(entry(all: true)) }
    if grants.isEmpty { return entries + clips.map { entry(clip: $0) } }
    return entries
      + grants.flatMap { grant in clips.isEmpty ? [entry(grant: grant)] : clips.map { entry(grant: grant, clip: $0) } }
  }

  /// Those named, else those the key signed the manifest with: who granted by a certificate takes back by it.
  private func certificates(_ manifest: Manifest, _ key: SigningKey) throws -> [String] {
    if let chain { return try ConsentSigning.certificates(chain, key) }
    return manifest.signatures.first { $0.kid == key.did }?.x5chain ?? []
  }

  private static func document(
    _ manifest: Manifest, _ key: SigningKey, _ certificates: [String], serial: Int, _ entries: [RevocationList.Entry],
    _ time: Moment
  ) throws -> Value {
    var document: Value = [
      "schema": .string(RevocationList.schema), "manifest": .string(manifest.id), "issuer": .string(key.did),
      "serial": Value(serial), "issued": .string(time.description),
      "entries": .array(entries.map(\.value)),
    ]
    document.set(
      "signatures",
      [
        try key.sign(document, domain: RevocationList.schema, at: "revocation list", x5chain: certificates).value
      ])
    return document
  }

  private func notes(_ manifest: Manifest) -> [String] {
    let alike = clips.compactMap { manifest.asset($0) }.flatMap { asset in
      manifest.entries(like: asset).filter { $0.clip != asset.clip && !clips.contains($0.clip) }.map { (asset, $0) }
    }
    return alike.map { asset, other in
      "'\(FieldReader.shortened(other.clip))' is the same footage as '\(FieldReader.shortened(asset.clip))' under another name"
        + (other.grants.isEmpty ? "" : " (grants \(other.grants.prefix(8).joined(separator: ", ")))")
        + ": it is refused with it"
    }
      + grants.compactMap { manifest.grant($0) }.filter { $0.revocation?.allowed == false }.map {
        "the grant '\($0.id)' says it cannot be revoked; the gate will refuse it all the same, what was agreed is for you to settle"
      }
  }
}
