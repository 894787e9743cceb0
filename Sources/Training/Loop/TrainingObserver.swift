import Clips
import Consent
import Diffusion
import Files
import Media
import Runs

/// Looks at a model while it is trained: a suite, visited at its own cadence. It is given the averaged weights, and
/// nothing of it is kept in the state of training, so with it or without it the weights are the same.
public protocol TrainingObserver: AnyObject {
  /// - Parameters:
  ///   - step: steps done.
  ///   - steps: steps the run is to have; the last is always due.
  func isDue(_ step: Int, of steps: Int) -> Bool

  /// What is due, as events for the log.
  /// - Parameter recorded: that clips are looked at, each with its frames, is in the run's ledger when it returns.
  func events(
    _ step: Int, of steps: Int, _ model: WorldModel, _ console: Console,
    recorded: ([(admission: Admission, frames: Int)]) throws -> Void
  ) throws -> [RunEvent]
}

/// Makes the observer of an experiment's suites, before the first step; throws when one does not fit the model.
/// Training itself knows no suite: whoever starts it says who looks.
public typealias TrainingObserving = (Experiment, WorldModel.Spec, [Dataset]) throws -> any TrainingObserver
