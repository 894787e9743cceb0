import Files

extension Experiment {
  /// What is logged, drawn and kept. It changes no weight, so it is not in the hash.
  public struct Recording: Sendable, Equatable {
    public var evaluateEvery = 200, sampleEvery = 200, checkpointEvery = 200, keep = 2, samples = 4
  }
}

extension Experiment.Recording: DocumentSection {
  package static let section = Section(Self()) {
    Field("evaluate", \.evaluateEvery, .integer(in: 0...1_000_000), unit: "steps", "between held-out losses; 0: never")
    Field("sample", \.sampleEvery, .integer(in: 0...1_000_000), unit: "steps", "between sample sheets; 0: never")
    Field("checkpoint", \.checkpointEvery, .integer(in: 1...1_000_000), unit: "steps", "between checkpoints")
    Field("keep", \.keep, .integer(in: 1...1000), "checkpoints kept")
    Field("samples", \.samples, .integer(in: 1...16), "clips on a sample sheet")
  }
}
