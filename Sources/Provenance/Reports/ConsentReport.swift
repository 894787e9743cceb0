import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Media
import Runs

/// `orrery consent report`: what a run was trained on, or what a dataset may be used for, by the ledger and the
/// manifests alone. One gathering of facts, which each format writes in its own words.
public struct ConsentReport {
  public enum Format: String, CaseIterable, Sendable { case md, croissant, spdx, euSummary = "eu-summary", odrl }

  /// A dataset with the manifest that speaks of it, as far as they can still be read.
  package struct Source {
    package let path: String
    package let dataset: Dataset?
    package let manifest: Manifest?
    /// How every clip fares today for fine-tuning.
    package let decisions: [ClipDecision]
    package var name: String { ((path as NSString).lastPathComponent as NSString).deletingPathExtension }
  }

  /// Clips of one grant: those that were used, or for a dataset those that name it.
  package struct Share {
    package let licensor: String, manifestHash: String, grantID: String, basis: String, standing: String
    package let manifest: Manifest?
    package let clips: [String]
    package let usage: Usage
    package var grant: Manifest.Grant? { manifest?.grant(grantID) }
    package var name: String { manifest?.licensor.name ?? licensor }
    /// The manifest's entries for the clips.
    package var assets: [Manifest.Asset] { clips.compactMap { manifest?.asset($0) } }
  }

  /// The run's name, or the dataset's.
  public let name: String
  /// Nil when the subject is a dataset.
  package let run: Run?
  package let usage: LedgerUsage?
  package let sources: [Source]
  package let shares: [Share]
  package let request: ConsentRequest
  /// Grants behind a run's weights that were withdrawn since.
  package let withdrawn: WithdrawnGrants?
  /// What a reader must be told about the report itself.
  public let notes: [String]

  /// - Parameters:
  ///   - reference: a run, or a dataset's file.
  ///   - moved: data of the run that lie elsewhere now, `OLD=NEW`.
  ///   - manifests: files beside those the run or dataset names.
  /// - Throws: `Problem` when the run or dataset, its ledger, or a trust file cannot be read. A manifest that is gone
  ///   is a note.
  public init(
    _ reference: String, in runs: String, moved: [String] = [], manifests: [String] = [],
    files: ConsentFiles = ConsentFiles(),
    at time: Moment = .now()
  ) throws {
    let extra = try manifests.map { try Manifest(path: $0) }
    if Disk.exists(reference), !Disk.isFolder(reference), try HDF5Signature.stands(in: reference) {
      try self.init(dataset: reference, extra, files, at: time)
    } else {
      try self.init(try RunsFolder(path: runs).find(reference).moved(moved), extra, at: time)
    }
  }

  /// - Parameters:
  ///   - extra: manifests beside those that are found.
  ///   - usage: of the run's ledger, where it is at hand; nil reads it.
  package init(
    _ run: Run, _ extra: [Manifest] = [], usage known: LedgerUsage? = nil, at time: Moment = .now()
  ) throws {
    let usage = try known ?? run.audited().usage()
    try usage.requireManifests()
    let found = run.experiment.data.map { source -> (String, Dataset?, Manifest?) in
      let dataset = try? Dataset(source)
      return (source.path, dataset, try? Manifest(path: RunManifests.path(source, dataset)))
    }
    let all = found.compactMap(\.2) + extra,
      byHash = Dictionary(all.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first })
    let request = run.experiment.request(.fineTune, at: time),
      policy = try run.experiment.consent.files.policy(for: all)
    sources = found.map { path, dataset, manifest in
      Source(path, dataset, manifest, request, policy, usage.summary.exposures)
    }
    let groups = Dictionary(
      grouping: usage.entries,
      by: { [$0.key.licensor, $0.key.manifest, $0.key.grant, $0.value.basis, $0.value.standing] })
    shares = groups.map { key, entries in
      Share(
        licensor: key[0], manifestHash: key[1], grantID: key[2], basis: key[3], standing: key[4],
        manifest: byHash[key[1]], clips: entries.map(\.key.clip).sorted(),
        usage: LedgerUsage.total(entries.map(\.value)))
    }.sorted {
      ($1.usage.seen, $0.licensor, $0.grantID, $0.manifestHash) < (
        $0.usage.seen, $1.licensor, $1.grantID, $1.manifestHash
      )
    }
    (name, self.run, self.usage, self.request) = (run.name, run, usage, request)
    var notes: [String] = []
    let gone = Set(shares.filter { $0.manifest == nil }.map(\.manifestHash)).sorted()
    if !gone.isEmpty {
      notes.append(
        "the manifest the run was trained under is not at hand (SHA-256 \(gone.map { String($0.prefix(16)) + "…" }.joined(separator: ", "))), so its terms are missing here; name it with --manifest"
      )
    }
    if found.contains(where: { $0.1 == nil }) {
      notes.append("a dataset is no longer where the run found it; what it holds beside its manifest is not reported")
    }
    if let from = run.experiment.from {
      notes.append(
        "the run started from \((from as NSString).lastPathComponent); "
          + (usage.trail.base.map { "it " + $0.text } ?? "what that was trained on is not in this ledger"))
    }
    if let codec = usage.trail.codec { notes.append("the run works in the latents of an autoencoder: " + codec.source) }
    if !usage.closed { notes.append("the ledger is not closed: training may go on") }
    let withdrawn = try WithdrawnGrants(run, usage, at: time)
    self.withdrawn = withdrawn
    notes += withdrawn.lines
    self.notes = notes
  }

  private init(dataset path: String, _ extra: [Manifest], _ files: ConsentFiles, at time: Moment) throws {
    let dataset = try Dataset(path: path)
    guard let manifest = try extra.first ?? dataset.manifestPath.map({ try Manifest(path: $0) }) else {
      throw Problem(
        "the dataset names no consent manifest, so there is nothing to report", at: path,
        fix: "name one with --manifest, or write one: "
          + Shell.orrery(["consent", "init", path, "--grant", "own-work"]))
    }
    // What the manifest itself denies, not what an experiment forgot to list.
    request = ConsentRequest(action: .fineTune, time: time, unsignedBases: Set(Basis.allCases))
    let policy = try files.policy(for: [manifest]), assurance = policy.assurance(of: manifest, at: time)
    sources = [Source(path, dataset, manifest, request, policy, Exposures())]
    let standing =
      assurance.standing == .signed
      ? "signed by \(assurance.signer ?? "nobody who is trusted")" : Standing.selfDeclared.rawValue
    let byGrant = manifest.assetsByGrant
    shares = manifest.grants.map { grant in
      Share(
        licensor: manifest.licensor.id, manifestHash: manifest.sha256, grantID: grant.id,
        basis: grant.basis?.rawValue ?? "unknown", standing: standing, manifest: manifest,
        clips: (byGrant[grant.id] ?? []).map(\.clip), usage: Usage())
    }
    withdrawn = nil
    (name, run, usage) = (((path as NSString).lastPathComponent as NSString).deletingPathExtension, nil, nil)
    notes = extra.count > 1 ? ["only the first manifest was read"] : []
  }

  /// When the facts are from, by the facts: the last checkpoint or the newest manifest. The same facts make the same
  /// report.
  var dated: Moment {
    usage?.summary.checkpoints.last?.time ?? usage?.summary.opened ?? sources.compactMap { $0.manifest?.issued }.max()
      ?? Moment(seconds: 0)
  }

  /// Each manifest once.
  package var manifests: [Manifest] {
    var seen: Set<String> = []
    return (shares.compactMap(\.manifest) + sources.compactMap(\.manifest)).filter { seen.insert($0.sha256).inserted }
  }

  /// Manifests the run was trained under that are not at hand: their hashes, each with the shares it granted.
  package var absent: [(manifestHash: String, shares: [Share])] {
    let missing = shares.filter { $0.manifest == nil }
    return missing.map(\.manifestHash).distinct().sorted().map { hash in
      (hash, missing.filter { $0.manifestHash == hash })
    }
  }

  /// The report as it goes to a file or a terminal.
  public func text(_ format: Format) -> String {
    switch format {
    case .md: ConsentReportMarkdown(self).text
    case .euSummary: ConsentReportEUSummary(self).text
    case .croissant, .spdx, .odrl: JSON.pretty(value(format))
    }
  }

  /// The report as one JSON value; markdown is wrapped.
  public func value(_ format: Format) -> Value {
    switch format {
    case .croissant: ConsentReportCroissant(self).value
    case .spdx: ConsentReportSPDX(self).value
    case .odrl: ConsentReportODRL(manifests).document
    case .md, .euSummary: ["format": .string(format.rawValue), "subject": .string(name), "text": .string(text(format))]
    }
  }
}

extension ConsentReport.Source {
  fileprivate init(
    _ path: String, _ dataset: Dataset?, _ manifest: Manifest?, _ request: ConsentRequest, _ policy: ConsentPolicy,
    _ exposures: Exposures
  ) {
    (self.path, self.dataset, self.manifest) = (path, dataset, manifest)
    guard let manifest else { decisions = []; return }
    // Without the dataset, the manifest's own list stands for it.
    let clips =
      dataset?.clips
      ?? manifest.assets.filter { $0.framesSHA256 != nil }.map {
        ClipRecord(id: $0.clip, start: 0, frames: $0.frames ?? 0, split: .train, framesSHA256: $0.framesSHA256 ?? "")
      }
    decisions = Gate.decide(clips, manifest, request, policy.assurance(of: manifest, at: request.time), exposures)
  }
}
