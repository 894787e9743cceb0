import Consent
import Files
import Foundation
import Ledger
import Models

/// Where weights come from, by their content: which ledger binds them, or else what their own file says.
///
/// They are known by their numbers, so it does not matter whether a run's folder was named, its export, the bare
/// transformer folder in it, or a copy that calls itself something else.
package enum WeightsOrigin {
  /// The folder diffusers would load, of an export or itself.
  package static func transformer(_ path: String) -> String {
    Disk.isFolder(path + "/transformer") ? path + "/transformer" : path
  }

  /// The file of weights in a run's folder, an export or a transformer folder.
  package static func file(_ path: String) -> String {
    Disk.exists(path + "/run.json") ? path + "/weights.safetensors" : ModelFolder.weights(transformer(path))
  }

  /// What takes actions in an export, whose weights go on in it; nil of everything else.
  package static func actions(_ path: String) throws -> Safetensors? {
    let folder = path + "/" + ActionEmbedderFolder.name
    return try ExportedModel.isOne(path) && Disk.exists(folder)
      ? Safetensors(path: ActionEmbedderFolder.weights(folder)) : nil
  }

  /// - Parameters:
  ///   - path: as `file` takes it.
  ///   - weights: SHA-256 of the values as f32 in the model's order; nil takes the file's buffer, which is the same for
  ///     every file this program wrote.
  ///   - runs: whose ledgers are asked, besides that of the run whose folder `path` may be, and those of runs this
  ///     person's home remembers in other places.
  /// - Throws: `Problem` when the weights cannot be read, or a ledger that binds them is not whole.
  package static func find(
    _ path: String, weights: String? = nil, runs: RunsFolder, home: HomeFolder?, depth: Int = 0
  ) throws -> LedgerBase {
    let file = try Safetensors(path: file(path)), tensors = try TensorsHash.sha256([file])
    let weights = try weights ?? file.bufferHash(followedBy: actions(path))
    var folders = runs.traces.map { runs.folder($0) }
    let own = Disk.absolute(path)
    if Disk.exists(own + "/run.json"), !folders.contains(where: { Disk.absolute($0) == own }) {
      folders.insert(own, at: 0)
    }
    for folder in folders {
      let isOwn = Disk.absolute(folder) == own
      guard isOwn || names(weights, in: folder) else { continue }
      // A neighbour that is not whole knows nothing for certain; the one that is named must be.
      let audit: RunAudit
      do { audit = try RunAudit(folder, home: home) } catch {
        if isOwn { throw error }
        continue
      }
      if let known = try traced(weights, tensors, folder, audit, runs, home, depth) { return known }
    }
    let elsewhere = try home.map { try RunMemory($0).folders() } ?? []
    for folder in elsewhere where !folders.contains(folder) && names(weights, in: folder) {
      guard let audit = try? RunAudit(folder, home: home) else { continue }
      if let known = try traced(weights, tensors, folder, audit, runs, home, depth) { return known }
    }
    if depth < 32, let source = try unrounded(file, (folders + elsewhere).distinct(), home) {
      let base = try find(source, runs: runs, home: home, depth: depth + 1)
      if base.origin != .unknown {
        return LedgerBase(
          tensorsSHA256: tensors, weightsSHA256: weights, sourceSHA256: base.weightsSHA256, origin: base.origin,
          run: base.run, ledgerHead: base.ledgerHead, step: base.step, shares: base.shares,
          hasUnknownRoots: base.hasUnknownRoots)
      }
    }
    return told(file, tensors, weights)
      ?? LedgerBase(tensorsSHA256: tensors, weightsSHA256: weights, origin: .unknown)
  }

  /// Whether a ledger can bind some weights at all: their hash stands in it. Far quicker than verifying it.
  private static func names(_ weights: String, in folder: String) -> Bool {
    let path = folder + "/" + RunAudit.ledgerName
    return (try? Disk.holds(weights, in: path)) ?? false
  }

  /// What a run's ledger says of weights it binds; nil when it does not.
  private static func traced(
    _ weights: String, _ tensors: String, _ folder: String, _ audit: RunAudit, _ runs: RunsFolder, _ home: HomeFolder?,
    _ depth: Int
  ) throws -> LedgerBase? {
    guard let usage = try? audit.usage(), let known = bound(weights, usage) else { return nil }
    let roots = try base(of: folder, usage.trail, runs, home, depth)
    return LedgerBase(
      tensorsSHA256: tensors, weightsSHA256: weights, origin: .ledger, run: usage.run, ledgerHead: known.head,
      step: known.step, shares: shares(usage.trail, upTo: known.step, roots), hasUnknownRoots: roots.isUnknown)
  }

  /// A checkpoint or export record of these weights.
  private static func bound(_ weights: String, _ usage: LedgerUsage) -> (step: Int?, head: String)? {
    if let own = usage.trail.checkpoints.last(where: { $0.weightsSHA256 == weights }) { return (own.step, usage.head) }
    return usage.trail.exports.last { $0.weightsSHA256 == weights }.map { ($0.step, usage.head) }
  }

  /// What a run began with.
  package enum Roots {
    case own
    case known(LedgerBase)
    /// It began with weights of which nothing is on record.
    case unknown

    package var base: LedgerBase? { if case .known(let base) = self { base } else { nil } }
    package var isUnknown: Bool {
      switch self {
      case .own: false
      case .known(let base): base.hasUnknownRoots
      case .unknown: true
      }
    }
  }

  /// What a run's ledger says it began with. An early ledger does not: then the weights are looked for where the
  /// experiment found them, and known by their numbers.
  package static func base(
    of folder: String, _ trail: LedgerTrail, _ runs: RunsFolder, _ home: HomeFolder?, _ depth: Int = 0
  ) throws -> Roots {
    if let base = trail.base { return .known(base) }
    guard let run = try? Run(folder: folder), let from = run.experiment.from else { return .own }
    guard depth < 32, Disk.exists(file(from)) else { return .unknown }
    let base = try find(from, runs: runs, home: home, depth: depth + 1)
    return base.origin == .unknown ? .unknown : .known(base)
  }

  /// What a ledger counts up to a step, and what the run's own base brought along.
  /// - Parameter step: nil counts all of it.
  private static func shares(_ trail: LedgerTrail, upTo step: Int?, _ roots: Roots) -> [LedgerBase.Share] {
    var sums: [GrantKey: Usage] = [:]
    for record in trail.exposures where !record.voided && record.steps.upperBound <= step ?? .max {
      for (clip, usage) in record.clips where usage.seen > 0 {
        if let terms = record.terms(of: clip) { add(usage, to: GrantKey(terms), &sums) }
      }
    }
    for share in roots.base?.shares ?? [] {
      add(share.usage, to: GrantKey(licensor: share.licensor, manifest: share.manifest, grant: share.grant), &sums)
    }
    return sums.map {
      LedgerBase.Share(licensor: $0.key.licensor, grant: $0.key.grant, manifest: $0.key.manifest, usage: $0.value)
    }.sorted { ($0.licensor, $0.grant, $0.manifest) < ($1.licensor, $1.grant, $1.manifest) }
  }

  private static func add(_ usage: Usage, to key: GrantKey, _ sums: inout [GrantKey: Usage]) {
    sums[key] = (sums[key] ?? Usage()).adding(usage) ?? Usage(seen: .max, framesInLoss: .max)
  }

  /// By the header alone: `ledger_summary` of an export.
  private static func told(_ file: Safetensors, _ tensors: String, _ weights: String) -> LedgerBase? {
    guard let run = file[metadata: "run"], let head = file[metadata: "ledger_head"],
      let summary = file[metadata: "ledger_summary"].flatMap({ try? JSON.parse($0, at: file.path) }),
      let items = summary["shares"]?.array
    else { return nil }
    var shares: [LedgerBase.Share] = []
    let manifests = summary["manifests"]?.array?.compactMap(\.string) ?? []
    for item in items {
      guard let licensor = item["licensor"]?.string, let grant = item["grant"]?.string,
        let seen = item["frames_seen"]?.integer, let inLoss = item["frames_in_loss"]?.integer
      else { return nil }
      shares.append(
        LedgerBase.Share(
          licensor: licensor, grant: grant, manifest: manifests.count == 1 ? manifests[0] : "",
          usage: Usage(seen: seen, framesInLoss: inLoss)))
    }
    let base = summary["base"].flatMap { LedgerBase($0) }
    return LedgerBase(
      tensorsSHA256: tensors, weightsSHA256: weights, origin: .header, run: run, ledgerHead: head,
      step: file[metadata: "step"].flatMap { Int($0) }, shares: shares + (base?.shares ?? []),
      hasUnknownRoots: base?.hasUnknownRoots ?? false)
  }
}
