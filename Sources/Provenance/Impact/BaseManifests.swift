import Consent
import Files
import Foundation
import Ledger
import Runs

/// The manifests behind the weights a run began with, those of its base's own bases among them: what was learnt before
/// is still in the weights, so its terms bind them too.
package enum BaseManifests {
  /// - Returns: each once; nothing for a run that began with its own weights.
  package static func find(_ run: Run, _ base: LedgerBase?) -> [Manifest] {
    let found = all(run, base, 0), shares = base?.shares ?? []
    let licensors = Set(shares.map(\.licensor)), named = Set(shares.map(\.manifest))
    // An early ledger does not say what the base saw.
    let behind = base == nil ? found : found.filter { named.contains($0.sha256) || licensors.contains($0.licensor.id) }
    var seen: Set<String> = []
    return behind.filter { seen.insert($0.sha256).inserted }
  }

  /// The manifests in the folder of an export: its own, and those of what it began with.
  package static func ofExport(_ folder: String) -> [Manifest] {
    Disk.names(folder).filter { isName($0) }.compactMap { try? Manifest(path: folder + "/" + $0) }
  }

  /// The name of manifest `i` in an export, from 0: `optin.json`, `optin-2.json`, …; with `base-` before it where it is
  /// behind the weights that the run began with.
  package static func name(_ i: Int, ofBase: Bool = false) -> String {
    (ofBase ? "base-" : "") + (i == 0 ? "optin.json" : "optin-\(i + 1).json")
  }

  /// Whether a file in an export is called as a manifest is.
  package static func isName(_ name: String) -> Bool {
    let own = name.hasPrefix("base-") ? name.dropFirst(5) : name[...]
    return own == "optin.json" || own.hasPrefix("optin-") && own.hasSuffix(".json")
  }

  private static func all(_ run: Run, _ base: LedgerBase?, _ depth: Int) -> [Manifest] {
    guard depth < 32, let from = run.experiment.from else { return [] }
    // The weights' own file and the bare folder it is in lie in the export that has the manifests.
    let bare = FileKind(from) == .regular ? (from as NSString).deletingLastPathComponent : from
    let folder =
      (bare as NSString).lastPathComponent == "transformer" ? (bare as NSString).deletingLastPathComponent : bare
    var found = ofExport(folder)
    let runs = RunsFolder(path: (run.folder as NSString).deletingLastPathComponent)
    let known = base?.run.flatMap { hash in runs.runs(endingIn: String(hash.prefix(8))).first { $0.hash == hash } }
    for other in [try? Run(folder: folder), known].compactMap({ $0 }) {
      found += (try? RunManifests.find(other)) ?? []
      found += all(other, (try? other.audited().trail())?.base, depth + 1)
    }
    return found
  }
}
