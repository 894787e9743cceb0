import Consent
import Files
import Media
import Runs

/// The consent documents of an experiment as they stand now: manifests, trust, revocation lists. The one way to a gate,
/// at the start of a run and at its checkpoints.
package struct ConsentDocuments {
  private let experiment: Experiment
  private let datasets: [Dataset]
  private let manifests: [Manifest]
  private let policy: ConsentPolicy

  /// Reads them.
  /// - Parameter datasets: the experiment's, in its order.
  /// - Throws: `Problem` when one cannot be read: what cannot be read grants nothing.
  package init(_ experiment: Experiment, _ datasets: [Dataset]) throws {
    (self.experiment, self.datasets) = (experiment, datasets)
    manifests = try zip(datasets, experiment.data).map { dataset, source in
      guard let path = source.manifest ?? dataset.manifestPath else {
        throw Problem(
          "the dataset names no consent manifest, so no clip may be used", at: dataset.path,
          expected: "a manifest that grants its clips",
          fix: "if the footage is your own, write one: "
            + Shell.orrery(["consent", "init", dataset.path, "--grant", Basis.ownWork.rawValue])
            + "; or name it as data[].manifest in the experiment")
      }
      let manifest = try Manifest(path: path)
      // A misspelt name would leave nothing out.
      if let stray = source.without.first(where: { manifest.grant($0) == nil }) {
        throw Problem.usage(
          "data[].without names the grant '\(stray)', which the manifest does not have"
            + Nearest.hint(stray, manifest.grants.map(\.id)), at: path,
          fix: "correct the name, or take it out if the manifest has dropped the grant")
      }
      return manifest
    }
    policy = try experiment.consent.files.policy(for: manifests)
  }

  /// - Parameter exposures: frames seen in other runs, which count against the grants' caps.
  package func gates(_ action: Action, _ exposures: Exposures = Exposures(), at time: Moment) -> [Gate] {
    zip(zip(datasets, manifests), experiment.data).map { read, source in
      var request = experiment.request(action, at: time)
      request.without = Set(source.without)
      return Gate(dataset: read.0, manifest: read.1, request: request, policy: policy, exposures: exposures)
    }
  }
}
