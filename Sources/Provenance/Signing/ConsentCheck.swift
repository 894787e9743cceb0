import Clips
import Consent
import Files
import Foundation
import Media
import Runs

/// The preflight as a command.
public enum ConsentCheck {
  /// - Parameter runs: the folder whose runs count against caps; nil counts nothing.
  /// - Throws: `Problem` when a document cannot be read, or a cap is asked for and a run there is not whole.
  public static func gate(
    _ path: String, manifest: String?, _ files: ConsentFiles = ConsentFiles(), _ request: ConsentRequest, full: Bool,
    runs: String? = nil, _ console: Console
  ) throws -> Gate {
    let dataset = try Dataset(path: path)
    guard let manifest = manifest ?? dataset.manifestPath else {
      throw Problem(
        "the dataset names no consent manifest", at: path,
        fix: "name one with --manifest, or write one: "
          + Shell.orrery(["consent", "init", path, "--grant", Basis.ownWork.rawValue]))
    }
    let read = try Manifest(path: manifest)
    let isCapped = read.grants.contains { $0.maxExposures != nil }
    let gate = Gate(
      dataset: dataset, manifest: read, request: request, policy: try files.policy(for: [read]),
      exposures: isCapped
        ? try runs.map { try RunsFolder(path: $0).exposuresSoFar() } ?? Exposures() : Exposures())
    guard full else { return gate }
    let progress = console.progress("verifying", total: gate.decisions.count)
    return gate.verifyingContent { done, _ in progress.update(done) }
  }
}
