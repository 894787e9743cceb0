import Files

/// Which scheduler a pipeline of the family samples with, as its `scheduler/scheduler_config.json` says.
public struct FlowSchedule: Sendable, Equatable {
  public enum Solver: String, CaseIterable, Sendable {
    case unipc = "UniPCMultistepScheduler"
    case euler = "FlowMatchEulerDiscreteScheduler"
  }

  public var solver = Solver.unipc
  /// s in σ·s/(1+(s−1)σ): above 1, more of the steps lie at high noise.
  public var shift = 1.0
  /// Of UniPC, 1 or 2.
  public var order = 2
  /// N, levels of the training.
  public var levels = 1000

  public init(_ solver: Solver = .unipc, shift: Double = 1) { (self.solver, self.shift) = (solver, shift) }

  /// The scheduler for so many steps.
  public func scheduler(steps: Int) -> any FlowScheduler {
    switch solver {
    case .unipc: UniPC(steps: steps, shift: shift, order: order, levels: levels)
    case .euler: EulerFlow(steps: steps, shift: shift, levels: levels)
    }
  }

  static func shifted(_ sigma: Double, by shift: Double) -> Double { shift * sigma / (1 + (shift - 1) * sigma) }
}

extension FlowSchedule {
  /// Of a pipeline's folder (or of its `scheduler/`).
  /// - Throws: `Problem` when there is none, or it says something that is not done here.
  public init(folder: String) throws {
    let name = "scheduler_config.json", inner = folder + "/scheduler/" + name,
      place = Disk.exists(inner) ? inner : folder + "/" + name
    try self.init(json: JSON.parse(Disk.readText(place), at: place), at: place)
  }

  /// Fields that change what a scheduler does, and the only value each may have here; absent, it has it.
  private static let fixed: [Solver: [(key: String, value: Value)]] = [
    .unipc: [
      ("prediction_type", "flow_prediction"), ("use_flow_sigmas", true), ("solver_type", "bh2"), ("predict_x0", true),
      ("lower_order_final", true), ("disable_corrector", []), ("thresholding", false), ("final_sigmas_type", "zero"),
      ("solver_p", .null), ("trained_betas", .null),
    ],
    .euler: [("invert_sigmas", false), ("stochastic_sampling", false)],
  ]
  private static let fixedInBoth: [(key: String, value: Value)] = [
    ("use_karras_sigmas", false), ("use_exponential_sigmas", false), ("use_beta_sigmas", false),
    ("use_dynamic_shifting", false), ("shift_terminal", .null),
  ]
  /// Without these diffusers would do something else than flow matching.
  private static let required: [Solver: [String]] = [.unipc: ["prediction_type", "use_flow_sigmas"], .euler: []]
  /// Fields that say nothing once the others are what they must be.
  private static let idle = [
    "_diffusers_version", "_name_or_path", "beta_start", "beta_end", "beta_schedule", "timestep_spacing",
    "steps_offset",
    "rescale_betas_zero_snr", "dynamic_thresholding_ratio", "sample_max_value", "sigma_min", "sigma_max",
    "time_shift_type", "base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len",
  ]

  /// Reads what diffusers wrote.
  /// - Throws: `Problem` listing the fields that would need another sampler.
  public init(json: Value, at place: String) throws {
    let f = StrictFields(json, at: place)
    let name = f.requiredString("_class_name")
    guard let solver = Solver(rawValue: name) else {
      throw Problem(
        "the scheduler is \(name.isEmpty ? "not named" : name), which is not done here", at: place,
        expected: Solver.allCases.map(\.rawValue).joined(separator: " or "),
        fix: "put the scheduler_config.json of one of them there")
    }
    self.solver = solver
    shift = f.number(solver == .unipc ? "flow_shift" : "shift", in: 0.01...1000, default: 1)
    levels = f.integer("num_train_timesteps", in: 1...1_000_000, default: 1000)
    if solver == .unipc { order = f.integer("solver_order", in: 1...2, default: 2) }
    for key in Self.required[solver] ?? [] where !f.has(key) { f.complain("\(key) is missing") }
    for (key, only) in (Self.fixed[solver] ?? []) + Self.fixedInBoth {
      if let value = f.raw(key), value != only {
        f.complain("\(key) is \(JSON.line(value)); only \(JSON.line(only)) is done here")
      }
    }
    for key in Self.idle { _ = f.raw(key) }
    try f.finish(fix: "use the scheduler_config.json of a Wan pipeline", exit: .failure)
  }
}
