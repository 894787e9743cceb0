import Diffusion
import Runs

/// Whether a run's weights follow the actions they are given, as far as anybody looked: a verdict of an earlier step is
/// none of these weights.
struct ActionVerdict {
  /// Of the run's step.
  let found: RunEvent.Following?
  /// "the model follows its actions: …", or why nobody knows.
  let text: String
  /// What makes it known.
  let fix: String?

  /// - Returns: nil of a model that takes no actions.
  init?(_ run: Run) {
    guard run.product.world?.takesActions ?? false else { return nil }
    let newest = TrainingCurves(path: run.path("events.jsonl")).following
    found = newest.flatMap { $0.step == run.step ? $0 : nil }
    if let found {
      (text, fix) = ("the model \(found.text)", nil)
      return
    }
    let unknown = "nobody knows whether the model follows its actions: "
    if run.experiment.actions == nil {
      text = unknown + "this run was trained without them"
      fix = "train with `actions` on data that have them"
    } else if run.step < run.steps {
      text = unknown + "that is looked at when training ends, and the run stands at step \(run.step) of \(run.steps)"
      fix = "let the run end"
    } else {
      text = unknown + "fewer than two held-out clips have any"
      fix = "train with two held-out clips or more that have actions (split validation)"
    }
  }
}
