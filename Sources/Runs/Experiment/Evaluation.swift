import Files

/// One `evaluate:` entry of an experiment: a suite, held-out footage, or the held-out loss, looked at during training at its own
/// cadence. It changes no weight, so it is not in the run's hash.
public struct Evaluation: Sendable, Equatable {
  /// Names its curve.
  public var name = ""
  /// A suite's name, `footage`, or `held-out` for the loss.
  public var suite = SuiteName.physicsTiny.rawValue
  /// Steps between visits; the last step is always visited.
  public var every = 1000
  /// Instances a scenario and cell, windows, or held-out clips; nil takes 16, or 32 clips of the loss.
  public var count: Int?
  /// Sampling steps; nil takes the experiment's.
  public var steps: Int?
  public var scenarios: [String] = [], cells: [String] = []

  package static let heldOut = "held-out", footage = "footage"

  package var isHeldOut: Bool { suite == Self.heldOut }
  package var isFootage: Bool { suite == Self.footage }

  package func isDue(_ step: Int, of steps: Int) -> Bool { step % every == 0 || step == steps }
}

extension Evaluation: DocumentSection {
  package static let section = Section(Evaluation()) {
    Field("name", \.name, .text.required, "names its curve")
    Field(
      "suite", \.suite, .oneOf(SuiteName.names + [footage, heldOut]),
      "a suite; held-out clips gone on with; or their loss")
    Field("every", \.every, .integer(in: 1...1_000_000), unit: "steps", "between visits; the last step is always one")
    Field(
      "count", \.count, .optional(.integer(in: 1...100_000)), written: .whenNotDefault,
      "instances a scenario and cell, or clips", default: "16, or 32 clips")
    Field(
      "steps", \.steps, .optional(.integer(in: 1...10_000)), written: .whenNotDefault,
      "denoising steps; of a suite only", default: "sampler.steps")
    Field(
      "scenarios", \.scenarios, .texts, written: .whenNotDefault, "of a suite only",
      default: "the data's, or the suite's")
    Field("cells", \.cells, .texts, written: .whenNotDefault, "of a suite only", default: "id-val; all of wm-eval")
  } rules: { entry, f in
    if entry.isHeldOut, entry.steps != nil || !entry.scenarios.isEmpty || !entry.cells.isEmpty {
      f.complain("\(f.place) looks at held-out clips, which have no steps, scenarios or cells")
    }
    if entry.isFootage, !entry.scenarios.isEmpty || !entry.cells.isEmpty {
      f.complain("\(f.place) looks at footage, which has no scenarios or cells")
    }
  }
}
