/// What clips are looked at for without training on them, in the words of the ledger.
public enum EvaluationUse: String, Sendable, CaseIterable {
  /// The loss of validation clips.
  case heldOut = "held-out"
  /// A grid of samples that go on from validation clips.
  case samples
  /// Footage a model is given to go on from.
  case conditioning
  /// The training clip most like a scene, shown beside the model's.
  case nearestTraining = "nearest training clip"
  /// A held-out clip a bench asks a model to go on with, and shows beside what it made.
  case bench
}
