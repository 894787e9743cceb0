import Consent
import Files
import Foundation
import Ledger

/// A licensor's manifest with grants of one compensation each, and ledgers that used their clips: what royalty tests
/// are made of.
struct RoyaltyCase {
  var clips: [(licensor: String, grant: String, clip: String, seen: Int)] = []
  /// By licensor, then grant.
  var terms: [String: [String: Value]] = [:]

  static let secret = RoyaltySecret(key: (0..<32).map { UInt8($0) })

  mutating func use(
    _ licensor: String, _ grant: String, _ clip: String, seen: Int, weight: Int? = nil, compensation: Value? = nil
  ) {
    var value = goodGrant.with("id", .string(grant))
    if let weight { value.set("weight", Value(weight)) }
    if let compensation { value.set("compensation", compensation) }
    terms[licensor, default: [:]][grant] = terms[licensor]?[grant] ?? value
    clips.append((licensor, grant, clip, seen))
  }

  func manifests() throws -> [Manifest] {
    try terms.sorted { $0.key < $1.key }.map { licensor, grants in
      let assets = clips.filter { $0.licensor == licensor }.map { asset($0.clip, grants: [.string($0.grant)]) }
      let all = document(assets: assets, grants: grants.sorted { $0.key < $1.key }.map(\.value))
      return try Manifest(
        all.with("licensor", ["id": .string(licensor), "name": .string("Name of " + licensor)]), at: "test")
    }
  }

  /// Writes a ledger with one exposure record, and reads it.
  func ledger(
    _ folder: String, run: String = "run-1", manifests: [Manifest]? = nil, close: Bool = true, key: SigningKey? = nil
  ) throws -> LedgerUsage {
    let path = "\(folder)/\(run).jsonl",
      hashes = Dictionary(uniqueKeysWithValues: try (manifests ?? self.manifests()).map { ($0.licensor.id, $0.sha256) })
    let ledger = try LedgerWriter(path: path, run: run, key: key, clock: { noon })
    try ledger.append(
      .open,
      [
        "clips": .object(
          clips.map { c in
            .init(
              c.clip,
              [
                "grant": .string(c.grant), "licensor": .string(c.licensor),
                "manifest": .string(hashes[c.licensor] ?? ""), "basis": "own-work", "standing": "self-declared",
                "frames_sha256": .string(digest(c.clip)), "action": "fine-tune",
              ])
          })
      ])
    try ledger.append(
      .exposure,
      LedgerBody.exposure(
        steps: 0..<10,
        clips: Dictionary(
          uniqueKeysWithValues: clips.map { ($0.clip, Usage(seen: $0.seen, framesInLoss: $0.seen / 2)) })))
    if close { try ledger.append(.close, .object([])) }
    try ledger.flush()
    return try LedgerUsage(path, run: run)
  }

  func royalties(
    _ pool: String = "10000.00", _ currency: String = "EUR", name: String? = nil, onlyStated: Bool = false
  ) throws -> Royalties {
    try withFolder { folder in
      try Royalties(
        RoyaltyPool(try money(pool, currency), name: name, onlyStated: onlyStated), [try ledger(folder)],
        try manifests())
    }
  }

  func statement(_ pool: String = "10000.00", _ currency: String = "EUR") throws -> RoyaltyStatement {
    try RoyaltyStatement(try royalties(pool, currency), Self.secret)
  }
}

func money(_ text: String, _ currency: String = "EUR") throws -> Money {
  guard let known = Currency(currency) else { throw Problem("no such currency: \(currency)") }
  return try Money(text, known)
}
