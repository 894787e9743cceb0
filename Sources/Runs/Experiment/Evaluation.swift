import Files

/// One `evaluate:` entry of an experiment: a suite, or the held-out clips, looked at during training at its own
/// cadence. It changes no weight, so it is not in the run's hash.
public struct Evaluation: Sendable, Equatable {
  /// Names its curve.
  public var name: String
  /// A suite's name, or `held-out`.
  public var suite: String
  /// Steps between visits; the last step is always visited.
  public var every: Int
  /// Instances a scenario and cell, or held-out clips; nil takes 16, or 32 clips.
  public var count: Int?
  /// Sampling steps; nil takes the experiment's.
  public var steps: Int?
  public var scenarios: [String], cells: [String]

  package static let heldOut = "held-out"

  package init(_ f: StrictFields) {
    name = f.requiredString("name")
    suite = f.string("suite", default: "physics-tiny")
    every = f.integer("every", in: 1...1_000_000, default: 1000)
    count = f.optionalInteger("count", in: 1...100_000)
    steps = f.optionalInteger("steps", in: 1...10_000)
    (scenarios, cells) = (f.strings("scenarios") ?? [], f.strings("cells") ?? [])
    let known = SuiteName.names + [Self.heldOut]
    if !known.contains(suite) {
      f.complain(
        "\(f.place).suite is '\(suite)'" + Nearest.hint(suite, known) + "; it can be " + known.joined(separator: ", "))
    }
    if isHeldOut, steps != nil || !scenarios.isEmpty || !cells.isEmpty {
      f.complain("\(f.place) looks at held-out clips, which have no steps, scenarios or cells")
    }
    f.close()
  }

  package var isHeldOut: Bool { suite == Self.heldOut }

  package func isDue(_ step: Int, of steps: Int) -> Bool { step % every == 0 || step == steps }

  package var value: Value {
    var v: Value = ["name": .string(name), "suite": .string(suite), "every": Value(every)]
    if let count { v.set("count", Value(count)) }
    if let steps { v.set("steps", Value(steps)) }
    if !scenarios.isEmpty { v.set("scenarios", .array(scenarios.map { .string($0) })) }
    if !cells.isEmpty { v.set("cells", .array(cells.map { .string($0) })) }
    return v
  }
}
