import Clips
import Consent
import Diffusion
import Files
import Ledger
import Runs

/// A world model being trained.
final class WorldSubject: TrainingSubject {
  private unowned let training: Training
  private let spec: WorldModel.Spec
  private var held: HeldOut?

  init(_ training: Training, _ spec: WorldModel.Spec) {
    (self.training, self.spec, held) = (training, spec, training.held)
  }

  func gradient(_ batch: Batches.Batch, step: Int, part: Int) throws -> (loss: Double, used: [String: Usage]) {
    let (loss, levels) = try training.gradient(batch, step: step, part: part)
    return (loss, batch.usage(levels, spec))
  }

  func requireUnchanged() throws { try training.latents.requireUnchanged() }

  var heldOutCount: Int { held?.count ?? 0 }

  func heldOutGates(at time: Moment) throws -> [Gate]? { try held?.gates(training.experiment, at: time) }

  func keepHeldOut(_ gates: [Gate]?, at time: Moment) -> [String] { held?.keep(gates, at: time) ?? [] }

  func heldOutLoss(limit: Int, step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.HeldOutLoss {
    let losses = try held?.losses(spec, training.parameters, limit: limit, step: step, recordedIn: books)
    return (losses ?? HeldOutLosses(sigmas: [], clips: [])).event(step)
  }

  func following(step: Int, recordedIn books: Bookkeeping) throws -> RunEvent.Following? {
    guard spec.takesActions else { return nil }
    return try held?.following(spec, training.parameters, step: step, recordedIn: books)
  }

  func isVisited(_ step: Int, of steps: Int) -> Bool { training.observer?.isDue(step, of: steps) ?? false }

  func visits(_ step: Int, of steps: Int, recordedIn books: Bookkeeping) throws -> [RunEvent] {
    try training.observer?.events(step, of: steps, training.model(spec), training.console) {
      try books.record(evaluation: .bench, step: step, of: $0)
    } ?? []
  }

  func drawSheet(_ step: Int, recordedIn books: Bookkeeping, to path: String) throws {
    try SampleGrid.write(training.model(spec), training.experiment, step: step, recordedIn: books, to: path)
  }

  func measure(
    _ last: [TrainingClip], of source: ClipSource, recordedIn books: Bookkeeping
  ) throws -> [(String, String)] { [] }

  func finish() throws {}
}
