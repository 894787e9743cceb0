import Files
import Tensors

/// A matrix of noise levels [steps+1][G]: one row a moment of sampling, one column a group of latent frames.
/// Full-sequence, frame-by-frame and pyramid sampling are the same loop over different matrices (Chen et al. 2024).
public struct SamplingPlan: Sendable, Equatable {
  public enum Order: String, CaseIterable, Sendable {
    /// All unknown groups fall together.
    case full
    /// One group after the other, each to zero before the next begins.
    case framewise
    /// Each group starts one step after the one before it.
    case pyramid
  }

  /// [steps+1][G]; known groups are 0 throughout.
  public let levels: [[Float]]

  /// - Parameters:
  ///   - known: groups given at the front.
  ///   - steps: denoising steps a group takes.
  ///   - shift: moves steps towards high noise: σ·s/(1+(s−1)σ).
  public init(_ order: Order = .full, groups: Int, known: Int, steps: Int, shift: Double = 1) {
    precondition(steps > 0 && known < groups)
    let ramp = (0...steps).map { i -> Float in
      let s = 1 - Double(i) / Double(steps)
      return Float(s * shift / (1 + (shift - 1) * s))
    }
    let unknown = groups - known
    let delay =
      switch order {
      case .full: 0;
      case .framewise: steps;
      case .pyramid: 1
      }
    levels = (0...steps + delay * (unknown - 1)).map { row in
      (0..<groups).map { g in g < known ? 0 : ramp[min(steps, max(0, row - (g - known) * delay))] }
    }
  }

  public var steps: Int { levels.count - 1 }
}

/// How samples are drawn: the solver, its steps, guidance.
public struct SamplerSettings: Sendable, Equatable {
  public enum Solver: String, CaseIterable, Sendable {
    /// First order, one evaluation a step.
    case euler
    /// Second order (Heun's trapezoid), two evaluations a step.
    case heun
  }

  public var solver: Solver
  public var steps: Int
  /// Classifier-free guidance (Ho & Salimans 2022): v = v∅ + scale·(v − v∅). 1 is off.
  public var guidance: Double
  /// The same of actions, apart from text: + (scale − 1)·(v − v without actions).
  public var actionGuidance = 1.0
  public var shift: Double
  public var order: SamplingPlan.Order

  public init(
    solver: Solver = .euler, steps: Int = 20, guidance: Double = 1, shift: Double = 1, order: SamplingPlan.Order = .full
  ) {
    (self.solver, self.steps, self.guidance, self.shift, self.order) = (solver, steps, guidance, shift, order)
  }
}

extension SamplerSettings: DocumentSection {
  package static let section = Section(SamplerSettings()) {
    Field("solver", \.solver, .choice, "one evaluation a step, or Heun's two")
    Field("steps", \.steps, .integer(in: 1...10_000), "denoising steps of a group of frames")
    Field("guidance", \.guidance, .number(in: 0...100), "classifier-free guidance; 1: none")
    Field(
      "action_guidance", \.actionGuidance, .number(in: 0...100), written: .whenNotDefault,
      "the same on actions, apart from text")
    Field("shift", \.shift, .number(in: 0.1...100), "above 1, more of the steps lie at high noise")
    Field("order", \.order, .choice, "frames fall together, one group after the other, or each a step after the last")
  }
}
