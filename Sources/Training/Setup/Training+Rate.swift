import Nets
import Runs

extension Training {
  /// A rise of the learning rate that the next step would bring, because the run was lengthened and its schedule laid
  /// anew over all steps; nil where there is none.
  package var rateJump: TrainingCurves.RateJump? {
    let rate = experiment.training.rate
    // While it warms up it rises.
    guard run.step > rate.warmup, run.step < run.steps, let before = lastRate else { return nil }
    let after = rate.at(min(run.step, run.schedule - 1), of: run.schedule)
    return after > before * 1.01 ? TrainingCurves.RateJump(step: run.step, before: before, after: after) : nil
  }

  /// The rate of the last step the newest checkpoint has, as its log says.
  private var lastRate: Double? {
    guard let events = try? EventLog.read(run.path("events.jsonl")) else { return nil }
    for case .step(let step) in events.reversed() where step.step == run.step - 1 { return step.rate }
    return nil
  }
}
