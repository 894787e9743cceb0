import Consent
import Credentials
import Files
import Foundation

/// `consent sign` and `countersign`: a signature is added to what stands in the file, and nothing else is changed.
public enum ConsentSigning {
  public enum Role: Sendable {
    /// Signs as the licensor.
    case licensor
    /// Signs beside the licensor: an agent, a society, a person shown.
    case beside
  }

  public struct Result: Sendable {
    public let manifest: Manifest
    public let path: String
    /// This key had signed it already; nothing was written.
    public let wasThere: Bool
    /// What the signer should know.
    public let notes: [String]
  }

  /// - Parameters:
  ///   - chain: a PEM file of certificates that vouch for the key, the signer's first.
  ///   - out: where to write; nil writes over `path`.
  ///   - again: drop signatures that no longer hold, because the manifest was changed since.
  ///   - empty: sign as licensor although no clip is granted, which says no to everybody.
  /// - Throws: `Problem` for a manifest with faults, another's manifest, one that grants nothing, signatures that do
  ///   not hold, and a clock that is not set.
  public static func sign(
    _ path: String, as role: Role, with key: SigningKey, chain: String? = nil, out: String? = nil, again: Bool = false,
    empty: Bool = false, at time: Moment = .now()
  ) throws -> Result {
    let certificates = try chain.map { try self.certificates($0, key) } ?? []
    let target = try target(path, out), manifest = try Manifest(path: path)
    try requireSignable(manifest, path, time)
    try requireRole(manifest, role, key, path)
    if role == .licensor, !empty { try requireGrants(manifest, path) }
    var document = manifest.document
    if manifest.signers.contains(nil) {
      guard again, role == .licensor else {
        throw Problem(
          "a signature on it does not hold: it was changed after signing", at: path,
          expected: "the manifest as it was signed",
          fix: role == .licensor
            ? "restore it; or, if the change is yours, raise its version and say --again, which drops the old signatures"
            : "ask the licensor to sign it anew")
      }
      document.set("signatures", [])
    }
    let notes = notes(manifest, key)
    if certificates.isEmpty, document == manifest.document, manifest.signers.contains(where: { $0?.did == key.did }),
      target == path
    {
      return Result(manifest: manifest, path: path, wasThere: true, notes: notes)
    }
    document.set("signatures", .array((document["signatures"]?.array ?? []).filter { $0["kid"]?.string != key.did }))
    let signed = try Manifest(document, at: path).signed(by: key, x5chain: certificates, at: path)
    try signed.write(to: target)
    return Result(manifest: signed, path: target, wasThere: false, notes: notes)
  }

  static func certificates(_ path: String, _ key: SigningKey) throws -> [String] {
    let chain = try CertificateChain(pem: path)
    guard chain.identity.key == key.verifyingKey.bytes else {
      throw Problem(
        "the first certificate is not for this key", at: path, expected: "the certificate of \(key.did)",
        fix: "put the signer's own certificate first")
    }
    return try chain.base64
  }

  private static func target(_ path: String, _ out: String?) throws -> String {
    let target = out ?? path
    guard !["yaml", "yml"].contains((target as NSString).pathExtension.lowercased()) else {
      throw Problem.usage(
        "a signed manifest is JSON", at: target, fix: "say --out \((target as NSString).deletingPathExtension).json")
    }
    guard target == path || !Disk.exists(target) else {
      throw Problem("a file is there already", at: target, fix: "choose another --out, or move it away")
    }
    return target
  }

  private static func requireSignable(_ manifest: Manifest, _ path: String, _ time: Moment) throws {
    try time.requirePlausible()
    let faults =
      manifest.faults + manifest.grants.flatMap(\.faults) + manifest.assets.flatMap(\.faults)
      + manifest.likeness.flatMap(\.faults)
    guard faults.isEmpty else {
      let list =
        faults.prefix(8).map { "\n  - " + $0.sentence }.joined()
        + (faults.count > 8 ? "\n  … and \(faults.count - 8) more" : "")
      throw Problem(
        "the manifest has faults, and whatever has a fault is refused:" + list, at: path, fix: "correct it, then sign")
    }
    if let issued = manifest.issued, issued > time {
      throw Problem(
        "the manifest says it was issued on \(issued), and it is \(time)", at: path,
        fix: "correct 'issued', or set the machine's clock")
    }
  }

  /// A signed manifest without a grant is easily taken for a yes.
  private static func requireGrants(_ manifest: Manifest, _ path: String) throws {
    guard manifest.coveredClips == 0 else { return }
    let named = manifest.grants.first.map { Shell.orrery(["consent", "grant", path, "--grant", $0.id, "--all"]) }
    throw Problem(
      "it grants nothing: "
        + (manifest.grants.isEmpty ? "it states no grant" : "no clip names any of the grants it states"), at: path,
      expected: "a grant that covers some clip",
      fix: (named.map { "name it in the clips it covers: \($0)" }
        ?? "state one: move x-example-grant into grants, or write the manifest with 'orrery consent init DATA --grant BASIS'")
        + "; if it is meant to say no to everybody, say --empty")
  }

  private static func requireRole(_ manifest: Manifest, _ role: Role, _ key: SigningKey, _ path: String) throws {
    let licensor = manifest.licensor.id
    switch role {
    case .licensor where VerifyingKey(did: licensor) != nil && licensor != key.did:
      throw Problem(
        "the licensor is \(licensor), and this key is \(key.did)", at: path,
        fix: "sign with the licensor's key; 'orrery consent countersign' adds another's signature beside it")
    case .beside where manifest.signatures.isEmpty:
      throw Problem(
        "nobody has signed it yet, so there is nothing to countersign", at: path,
        fix: "the licensor signs first: " + Shell.orrery(["consent", "sign", path]))
    default: break
    }
  }

  private static func notes(_ manifest: Manifest, _ key: SigningKey) -> [String] {
    var notes: [String] = []
    if manifest.licensor.id != key.did, VerifyingKey(did: manifest.licensor.id) == nil {
      notes.append(
        "the licensor is named '\(manifest.licensor.id)', not by a key: whoever relies on it must let the signer speak for that name (orrery consent trust DID --speaks-for NAME)"
      )
    }
    let covered = manifest.coveredClips, all = manifest.assets.count
    if covered < all { notes.append("it grants \(covered == 0 ? "nothing" : "\(covered) of \(all) clips")") }
    return notes
  }
}
