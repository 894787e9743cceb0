import Clips
import Consent
import Files
import Foundation
import Media
import Runs

/// The preflight as a command.
public enum ConsentCheck {
  public static func gate(
    _ path: String, manifest: String?, _ files: ConsentFiles = ConsentFiles(), _ request: ConsentRequest, full: Bool,
    _ console: Console
  ) throws -> Gate {
    let dataset = try Dataset(path: path)
    guard let manifest = manifest ?? dataset.manifestPath else {
      throw Problem(
        "the dataset names no consent manifest", at: path,
        fix: "name one with --manifest, or write a draft with 'orrery consent init \(path)'")
    }
    let read = try Manifest(path: manifest)
    let gate = Gate(dataset: dataset, manifest: read, request: request, policy: try files.policy(for: [read]))
    guard full else { return gate }
    let progress = console.progress("verifying", total: gate.decisions.count)
    return gate.verifyingContent { done, _ in progress.update(done) }
  }
}

extension ConsentCheck {
  /// The call of `consent check` that fits a dataset: with the bases its manifest states, or the way to a manifest.
  public static func command(_ path: String) -> String {
    guard let manifest = (try? Dataset(path: path))?.manifestPath, let read = try? Manifest(path: manifest) else {
      return "orrery consent init \(path) --licensor NAME"
    }
    guard read.signatures.isEmpty else { return "orrery consent check \(path)" }
    let bases = Set(read.grants.compactMap(\.basis)).map(\.rawValue).sorted()
    return "orrery consent check \(path)" + bases.map { " --unsigned \($0)" }.joined()
  }
}
