import Clips
import Consent
import Files
import Foundation
import Ledger
import Media
import Runs

/// Grants behind some weights that have been withdrawn since, by the revocation lists this person was given or has seen
/// and by the run's own ledger. A withdrawal does not take footage out of weights; so whoever hands them on, shows what
/// they make or writes down what they are made from says that it happened.
public struct WithdrawnGrants: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    public let licensor: String, grant: String
    /// Of those that were seen; 0 where only the grant is known.
    public let clips: Int
    /// nil is at once, when the list was issued.
    public let from: Moment?
    public let effect: RevocationEffect
    public let reason: String?
    /// The weights this run began with brought it along.
    public let isOfBase: Bool
  }

  public let items: [Item]

  /// Licensors of whose grants it cannot be said: their manifests are not at hand.
  public let unasked: [String]

  public var isEmpty: Bool { items.isEmpty }

  /// Of what nobody here knows the making of.
  package static let unknown = WithdrawnGrants(items: [], unasked: [])

  private init(items: [Item], unasked: [String]) { (self.items, self.unasked) = (items, unasked) }

  /// One use: footage under a grant; no clip where only the grant is known.
  private struct Used: Hashable { let licensor: String, grant: String, manifest: String, clip: String?, isOfBase: Bool }

  /// - Parameters:
  ///   - run: its manifests are looked for where it found them, its trust file and lists are those it trained under.
  ///   - usage: of its ledger.
  package init(_ run: Run, _ usage: LedgerUsage, at time: Moment = .now()) throws {
    var used = Set(
      usage.entries.map {
        Used(
          licensor: $0.key.licensor, grant: $0.key.grant, manifest: $0.key.manifest,
          clip: $0.value.terms.entry ?? $0.key.clip, isOfBase: false)
      })
    for weights in [usage.trail.base, usage.trail.codec] { used.formUnion(Self.used(weights)) }
    var manifests = try RunManifests.find(run)
    for weights in [usage.trail.base, usage.trail.codec].compactMap({ $0 }) {
      manifests += BaseManifests.find(run, weights)
    }
    unasked = Self.unasked(used, manifests)
    let lists = try Self.items(used, manifests, run.experiment.consent.files, at: time)
    // A list this machine has not seen, of which the run heard while it trained.
    let heard = usage.trail.history.leftFor.filter { $0.value.contains(Reason.Code.revoked.rawValue) }.keys
    let told = Self.grouped(
      usage.entries.compactMap { key, entry in
        heard.contains(key.clip) && !lists.contains { ($0.licensor, $0.grant) == (key.licensor, key.grant) }
          ? (
            Used(
              licensor: key.licensor, grant: key.grant, manifest: key.manifest, clip: key.clip, isOfBase: false),
            RevocationList.Entry(clip: key.clip)
          ) : nil
      }, [])
    items = Self.sorted(lists + told)
  }

  /// Of an exported model: by the manifests in its folder and what its weights' header says of their making.
  package init(export folder: String, at time: Moment = .now()) throws {
    let file = try Safetensors(path: WeightsOrigin.file(folder))
    let summary = try file[metadata: "ledger_summary"].map { try JSON.parse($0, at: file.path) }
    var used: Set<Used> = []
    for share in summary?["shares"]?.array ?? [] {
      guard let licensor = share["licensor"]?.string, let grant = share["grant"]?.string else { continue }
      used.insert(Used(licensor: licensor, grant: grant, manifest: "", clip: nil, isOfBase: false))
    }
    used.formUnion(Self.used(summary?["base"].flatMap { LedgerBase($0) }))
    let manifests = BaseManifests.ofExport(folder)
    unasked = Self.unasked(used, manifests)
    items = Self.sorted(try Self.items(used, manifests, ConsentFiles(), at: time))
  }

  private static func unasked(_ used: Set<Used>, _ manifests: [Manifest]) -> [String] {
    Set(used.map(\.licensor)).subtracting(manifests.map(\.licensor.id)).sorted()
  }

  private static func used(_ base: LedgerBase?) -> Set<Used> {
    Set(
      (base?.shares ?? []).map {
        Used(licensor: $0.licensor, grant: $0.grant, manifest: $0.manifest, clip: nil, isOfBase: true)
      })
  }

  private static func items(
    _ used: Set<Used>, _ manifests: [Manifest], _ files: ConsentFiles, at time: Moment
  ) throws -> [Item] {
    guard !manifests.isEmpty else { return [] }
    let policy = try files.policy(for: manifests)
    var found: [(Used, RevocationList.Entry)] = []
    for manifest in manifests.distinct(by: \.sha256) {
      let assurance = policy.assurance(of: manifest, at: time)
      for use in used where use.licensor == manifest.licensor.id {
        let names =
          use.clip.flatMap { manifest.asset($0) }.map { manifest.entries(like: $0).map(\.clip) }
          ?? [use.clip].compactMap { $0 }
        let entries =
          names.isEmpty
          ? assurance.withdrawn(anyOf: use.grant) { manifest.asset($0)?.grants.contains(use.grant) ?? false }
          : names.flatMap { assurance.withdrawn(grant: use.grant, clip: $0) }
        for entry in entries where entry.from.map({ time >= $0 }) ?? true { found.append((use, entry)) }
      }
    }
    return grouped(found, manifests)
  }

  private static func grouped(_ found: [(Used, RevocationList.Entry)], _ manifests: [Manifest]) -> [Item] {
    let groups = Dictionary(grouping: found) { [$0.0.licensor, $0.0.grant, $0.0.isOfBase ? "base" : ""] }
    return groups.values.compactMap { uses in
      guard let (use, entry) = uses.min(by: { ($0.1.from?.seconds ?? 0) < ($1.1.from?.seconds ?? 0) }) else {
        return nil
      }
      let stated = manifests.lazy.filter { $0.licensor.id == use.licensor }.compactMap {
        $0.grant(use.grant)?.revocation?.effect
      }.first
      return Item(
        licensor: use.licensor, grant: use.grant, clips: Set(uses.compactMap(\.0.clip)).count, from: entry.from,
        effect: entry.effect ?? stated ?? .stopUse, reason: entry.reason, isOfBase: use.isOfBase)
    }
  }

  private static func sorted(_ items: [Item]) -> [Item] {
    items.sorted { ($0.licensor, $0.grant, $0.isOfBase ? 1 : 0) < ($1.licensor, $1.grant, $1.isOfBase ? 1 : 0) }
  }
}

extension WithdrawnGrants {
  /// What could not be asked, for whoever hands the weights on; nil when all could.
  public var note: String? {
    unasked.isEmpty
      ? nil
      : "whether grants of \(unasked.map { RunManifests.shown($0) }.joined(separator: ", ")) were revoked is not known: "
        + "their manifests are not at hand"
  }

  /// A sentence a grant.
  public var lines: [String] {
    items.map { item in
      "the grant '\(RunManifests.shown(item.grant))' of \(RunManifests.shown(item.licensor)) was revoked"
        + (item.from.map { " from \($0)" } ?? "")
        + " (\(item.effect.rawValue)" + (item.reason.map { ": \(RunManifests.shown($0))" } ?? "") + "); "
        + (item.isOfBase
          ? "the weights this began with saw footage under it"
          : item.clips > 0
            ? "\(Text.counted(item.clips, "clip")) that trained these weights stood under it"
            : "footage that trained these weights stood under it")
    }
  }

  public var value: Value {
    .array(
      items.map {
        [
          "licensor": .string($0.licensor), "grant": .string($0.grant), "clips": Value($0.clips),
          "from": Value($0.from?.description), "effect": .string($0.effect.rawValue), "reason": Value($0.reason),
          "of_base": .bool($0.isOfBase),
        ]
      })
  }
}

extension Sequence {
  fileprivate func distinct(by key: (Element) -> String) -> [Element] {
    var seen: Set<String> = []
    return filter { seen.insert(key($0)).inserted }
  }
}
