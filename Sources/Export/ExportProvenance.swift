import Clips
import Consent
import Files
import Frames
import Ledger
import Media
import Provenance
import Runs

/// What the exported weights were made from: the ledger's totals, and the datasets and manifests behind them.
package struct ExportProvenance {
  /// Frames booked to one grant of one licensor, on one basis and by one word.
  package struct Share: Sendable {
    package let licensor: String, grant: String, basis: String, standing: String
    package let clips: Int
    package let usage: Usage
  }

  package let ledger: LedgerSummary
  /// The weights the run began with, where they are not its own.
  package let base: LedgerBase?
  /// Those of the autoencoder in whose latents it was trained; they are not exported with it.
  package let codec: LedgerBase?
  /// The manifests behind those, as far as they are at hand and are not the run's own too.
  package let baseManifests: [Manifest]
  /// Frames by the grant that was in force when they were seen, most first.
  package let shares: [Share]
  package let datasets: [Dataset]
  /// One a dataset, as it stands now.
  package let manifests: [Manifest]
  /// Used clips of each dataset: their records.
  package let used: [[ClipRecord]]
  /// SHA-256 of the manifests the run was trained under: those that stand now first, then those that only the ledger
  /// names.
  package let manifestHashes: [String]
  /// What a reader must be told: manifests that changed since training, clips no longer listed.
  package let notes: [String]
  /// The grants each clip was seen under, by its name.
  private let grants: [String: Set<GrantKey>]

  /// - Parameter usage: of the run's own ledger.
  /// - Throws: `Problem` when the run's datasets or manifests cannot be read: weights whose consent cannot be shown are
  ///   not exported.
  package init(_ run: Run, _ usage: LedgerUsage) throws {
    ledger = usage.summary
    base = usage.trail.base
    codec = usage.trail.codec
    grants = usage.grants
    shares = Self.shares(usage)
    datasets = try run.experiment.data.map { source in
      guard Disk.exists(source.path) else {
        throw Problem(
          "the run's dataset is not where it was", at: source.path,
          expected: "the dataset, for its consent manifest and for what the card says of its clips",
          fix: "name its new place: --data \(Shell.quoted(source.path + "=NEW"))")
      }
      return try Dataset(source)
    }
    manifests = try zip(datasets, run.experiment.data).map { dataset, source in
      guard let path = source.manifest ?? dataset.manifestPath else {
        throw Problem(
          "the dataset names no consent manifest", at: dataset.path,
          fix: "restore the manifest the run was trained under")
      }
      return try Manifest(path: path)
    }
    let own = Set(manifests.map(\.sha256)), behind = BaseManifests.find(run, base)
    baseManifests = behind.filter { !own.contains($0.sha256) }
    let clips = usage.summary.clips, seen = Set(clips.filter { $0.value.seen > 0 }.keys)
    let used = datasets.map { $0.clips.filter { seen.contains($0.id) } }, trail = usage.trail
    self.used = used
    // A dataset no clip of which was seen has a manifest all the same; one that granted nothing of what was seen stands
    // for another that did.
    let standing = zip(manifests, used).filter { $1.isEmpty || trail.manifests.contains($0.sha256) }.map(\.0.sha256)
    manifestHashes = (standing + trail.manifests).distinct()
    var notes: [String] = []
    let found = Set(manifests.map(\.sha256))
    let under = Set(usage.entries.keys.map(\.manifest)),
      last = Set(trail.history.starts.last?.terms.values.map(\.manifestSHA256) ?? [])
    if !last.intersection(under).isSubset(of: found) {
      notes.append(
        "the manifest has changed since training; the copy here is the one that stands now, and the ledger names the one trained under"
      )
    } else if !under.isSubset(of: found) {
      notes.append(
        "the manifest changed while the run went on; the copy here is the one that stands now, and the ledger names the ones trained under"
      )
    }
    let missing = seen.subtracting(used.joined().map(\.id)).count
    if missing > 0 {
      notes.append(
        "\(Text.counted(missing, "clip")) that \(missing == 1 ? "was used is" : "were used are") no longer in the datasets"
      )
    }
    let shown = own.union(behind.map(\.sha256))
    for hash in Set((base?.shares ?? []).map(\.manifest)).subtracting(shown).sorted() where !hash.isEmpty {
      notes.append(
        "the manifest \(hash.prefix(12))… behind the weights it began with is not at hand, so no copy is here")
    }
    self.notes = notes
  }

  private static func shares(_ usage: LedgerUsage) -> [Share] {
    let groups = Dictionary(grouping: usage.entries) { key, entry in
      [
        key.licensor, key.grant, entry.terms.basis?.rawValue ?? "unknown", entry.terms.stamp ?? "unknown",
      ]
    }
    return groups.map { group, entries in
      Share(
        licensor: group[0], grant: group[1], basis: group[2], standing: group[3],
        clips: Set(entries.map(\.key.clip)).count, usage: LedgerUsage.total(entries.map(\.value)))
    }.sorted { ($1.usage.seen, $0.place) < ($0.usage.seen, $1.place) }
  }

  /// The grants a clip was seen under, as the manifest has them now; nil stands for those that it has no more. Names of
  /// grants are each licensor's own.
  package func grants(of clip: String, in manifest: Manifest) -> [Manifest.Grant?] {
    (grants[clip] ?? []).map { $0.licensor == manifest.licensor.id ? $0.grant : nil }.distinct().map {
      $0.flatMap(manifest.grant)
    }
  }

  /// The manifests, each once.
  var distinctManifests: [Manifest] {
    var seen: Set<String> = []
    return manifests.filter { seen.insert($0.sha256).inserted }
  }

  /// For `__metadata__`: integers and text only.
  package var value: Value {
    var value: Value = [
      "steps": Value(ledger.steps), "clips": Value(ledger.clips.count), "frames_seen": Value(ledger.total.seen),
      "frames_in_loss": Value(ledger.total.framesInLoss),
      "frames_voided": Value(ledger.voided.seen), "manifests": .array(manifestHashes.map { .string($0) }),
      "shares": .array(
        shares.map {
          [
            "licensor": .string($0.licensor), "grant": .string($0.grant), "basis": .string($0.basis),
            "standing": .string($0.standing), "clips": Value($0.clips),
            "frames_seen": Value($0.usage.seen), "frames_in_loss": Value($0.usage.framesInLoss),
          ]
        }),
      "note": "exposure counts frames; it is not influence",
    ]
    if let base { value.set("base", base.value) }
    if let codec { value.set("codec", codec.value) }
    return value
  }
}

extension ExportProvenance.Share {
  /// Decides between shares of as many frames.
  fileprivate var place: String { [licensor, grant, basis, standing].joined(separator: "\u{0}") }
}
