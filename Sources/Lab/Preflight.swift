import Consent
import Files
import Media

/// The consent documents of an experiment as they stand now: manifests, trust, revocation lists. The one way to a gate, at the start
/// of a run and at its checkpoints.
struct Preflight {
  private let experiment: Experiment
  private let datasets: [Dataset]
  private let manifests: [Manifest]
  private let policy: ConsentPolicy

  /// Reads them.
  /// - Parameter datasets: the experiment's, in its order.
  /// - Throws: `Problem` when one cannot be read: what cannot be read grants nothing.
  init(_ experiment: Experiment, _ datasets: [Dataset]) throws {
    (self.experiment, self.datasets) = (experiment, datasets)
    manifests = try zip(datasets, experiment.data).map { dataset, source in
      guard let path = source.manifest ?? dataset.manifestPath else {
        throw Problem("the dataset names no consent manifest, so no clip may be used", at: dataset.path, expected: "a manifest that grants its clips",
                      fix: "write one with 'orrery consent init \(dataset.path)', or name it as data[].manifest in the experiment")
      }
      return try Manifest(path: path)
    }
    policy = try experiment.consent.files.policy(for: manifests)
  }

  /// - Parameter exposures: frames seen in other runs, which count against the grants' caps.
  func gates(_ action: Action, _ exposures: Exposures = Exposures(), at time: Moment) -> [Gate] {
    zip(datasets, manifests).map { Gate(dataset: $0, manifest: $1, request: experiment.request(action, at: time), policy: policy, exposures: exposures) }
  }
}
