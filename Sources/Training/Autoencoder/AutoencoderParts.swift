import Clips
import Consent
import Files
import Frames
import Media
import Models
import Runs
import Tensors

/// What a training of an autoencoder has beside its weights, opened with it.
struct AutoencoderParts {
  let loss: AutoencoderLoss
  let held: HeldOutReconstruction?

  init(
    _ experiment: Experiment, _ spec: AutoencoderSpec, clock: @escaping @Sendable () -> Moment, on compute: Compute,
    _ console: Console
  ) throws {
    loss = try AutoencoderLoss(experiment.autoencoder ?? Experiment.Autoencoder(), spec, on: compute)
    let limits =
      experiment.evaluations.filter(\.isHeldOut).map { $0.count ?? HeldOut.limit }
      + (experiment.recording.evaluateEvery > 0 ? [HeldOut.limit] : [])
    guard let limit = limits.max() else {
      held = nil
      return
    }
    do {
      held = try HeldOutReconstruction(
        try ClipSource(experiment, .evaluate, split: .validation, cacheBytes: 64 << 20, clock: clock), limit: limit)
    } catch let problem as Problem {
      console.note("no held-out reconstruction: \(problem.what)")
      held = nil
    }
  }
}

extension AutoencoderSpec {
  /// Of an experiment and its clips. - Throws: `Problem` when they do not fit each other.
  init(_ experiment: Experiment, _ source: ClipSource) throws {
    var config = (experiment.autoencoder ?? Experiment.Autoencoder()).config
    config.products = experiment.training.products
    self.init(
      config, frames: experiment.window, height: source.height, width: source.width, fps: source.fps.description)
    try requireWhole(at: source.datasets[0].path)
  }
}
