import Consent
import Files
import Frames
import Ledger
import Media
import Runs

/// What the exported weights were made from: the ledger's totals, and the datasets and manifests behind them.
package struct ExportProvenance {
  /// Clips that share licensor, grant, basis and standing.
  package struct Share: Sendable {
    package let licensor: String, grant: String, basis: String, standing: String
    package var clips = 0
    package var usage = Usage()
  }

  /// What the ledger's newest open record says of one clip.
  package struct Terms: Sendable, Equatable {
    let licensor: String, grant: String, basis: String, standing: String, manifest: String
  }

  package let ledger: LedgerSummary
  package let shares: [Share]
  package let datasets: [Dataset]
  /// One a dataset.
  package let manifests: [Manifest]
  /// Used clips of each dataset: their records.
  package let used: [[ClipRecord]]
  /// By clip's name.
  package let terms: [String: Terms]
  /// What a reader must be told: manifests that changed since training, clips no longer listed.
  package let notes: [String]

  /// - Throws: `Problem` when the ledger does not verify, or the run's datasets or manifests cannot be read: weights
  ///   whose consent cannot be shown are not exported.
  package init(_ run: Run, _ ledger: LedgerSummary) throws {
    self.ledger = ledger
    let terms = try Self.terms(run.path("ledger.jsonl"))
    var shares: [String: Share] = [:]
    for (clip, usage) in ledger.clips {
      guard let t = terms[clip] else { continue }
      let key = [t.licensor, t.grant, t.basis, t.standing].joined(separator: "\u{0}")
      var share = shares[key] ?? Share(licensor: t.licensor, grant: t.grant, basis: t.basis, standing: t.standing)
      share.clips += 1
      share.usage.seen += usage.seen
      share.usage.loss += usage.loss
      shares[key] = share
    }
    self.shares = shares.sorted { ($1.value.usage.seen, $0.key) < ($0.value.usage.seen, $1.key) }.map(\.value)
    datasets = try run.experiment.data.map { try Dataset(path: $0.path) }
    manifests = try zip(datasets, run.experiment.data).map { dataset, source in
      guard let path = source.manifest ?? dataset.manifestPath else {
        throw Problem(
          "the dataset names no consent manifest", at: dataset.path,
          fix: "restore the manifest the run was trained under")
      }
      return try Manifest(path: path)
    }
    let clips = ledger.clips
    let used = datasets.map { $0.clips.filter { (clips[$0.id]?.seen ?? 0) > 0 } }
    var notes: [String] = []
    let stated = Set(ledger.clips.keys.compactMap { terms[$0]?.manifest }), found = Set(manifests.map(\.sha256))
    if !stated.isSubset(of: found) {
      notes.append(
        "the manifest has changed since training; the copy here is the one that stands now, and the ledger names the one trained under"
      )
    }
    let missing = Set(ledger.clips.filter { $0.value.seen > 0 }.keys).subtracting(used.joined().map(\.id)).count
    if missing > 0 {
      notes.append(
        "\(Text.counted(missing, "clip")) that \(missing == 1 ? "was used is" : "were used are") no longer in the datasets"
      )
    }
    (self.terms, self.used, self.notes) = (terms, used, notes)
  }

  /// The newest terms of every clip any open record admitted. The chain was verified before.
  private static func terms(_ path: String) throws -> [String: Terms] {
    var found: [String: Terms] = [:]
    for line in try Disk.readText(path).split(separator: "\n") where line.contains(#""kind":"open""#) {
      guard let clips = (try? JSON.parse(String(line), at: path))?["body"]?["clips"]?.fields else { continue }
      for clip in clips {
        func text(_ key: String) -> String { clip.value[key]?.string ?? "unknown" }
        found[clip.key] = Terms(
          licensor: text("licensor"), grant: text("grant"), basis: text("basis"),
          standing: Standing.stamp(clip.value) ?? "unknown", manifest: text("manifest"))
      }
    }
    return found
  }

  /// The manifests, each once.
  var distinctManifests: [Manifest] {
    var seen: Set<String> = []
    return manifests.filter { seen.insert($0.sha256).inserted }
  }

  /// For `__metadata__`: integers and text only.
  package var value: Value {
    [
      "steps": Value(ledger.steps), "clips": Value(ledger.clips.count), "frames_seen": Value(ledger.total.seen),
      "frames_in_loss": Value(ledger.total.loss),
      "frames_voided": Value(ledger.voided.seen), "manifests": .array(distinctManifests.map { .string($0.sha256) }),
      "shares": .array(
        shares.map {
          [
            "licensor": .string($0.licensor), "grant": .string($0.grant), "basis": .string($0.basis),
            "standing": .string($0.standing), "clips": Value($0.clips),
            "frames_seen": Value($0.usage.seen), "frames_in_loss": Value($0.usage.loss),
          ]
        }),
      "note": "exposure counts frames; it is not influence",
    ]
  }
}
