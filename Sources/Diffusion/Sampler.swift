import Models
import Nets
import Tensors

/// Draws latents from a model by integrating dx/dσ = v from noise to data along a `SamplingPlan`.
public struct Sampler {
  package let config: WorldTransformerConfig
  package let parameters: Parameters
  package let objective: Objective
  package let settings: SamplerSettings

  public init(
    _ config: WorldTransformerConfig, _ parameters: Parameters, _ objective: Objective, _ settings: SamplerSettings
  ) {
    (self.config, self.parameters, self.objective, self.settings) = (config, parameters, objective, settings)
  }

  /// - Parameters:
  ///   - x: [B,F,H,W,C]: clean latents in the known groups, noise in the others; not modified.
  ///   - known: groups known at the front.
  ///   - text: [B,L,E]; `null` [B,L,E] is used when guidance is not 1.
  ///   - beside: what a model that takes pictures is given of them.
  ///   - actions: what a model that takes actions is given; `withoutActions` is used when their guidance is not 1, which
  ///     does nothing where it is empty.
  ///   - onStep: called after each step with (done, steps).
  /// - Returns: latents [B,F,H,W,C], known groups untouched.
  public func draw(
    _ x: Tensor, known: Int, text: Tensor, null: Tensor, beside: PictureCondition? = nil,
    actions: [Tensor] = [], withoutActions: [Tensor] = [],
    onStep: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Tensor {
    let groups = x.shape[1] / config.patchSize[0], batch = x.shape[0]
    let plan = SamplingPlan(settings.order, groups: groups, known: known, steps: settings.steps, shift: settings.shift)
    let model = WorldTransformer(config, parameters)
    func levels(_ row: [Float]) -> Levels {
      Levels(
        batch: batch, groups: groups, sigma: (0..<batch).flatMap { _ in row },
        context: (0..<batch).flatMap { _ in row.map { $0 == 0 } })
    }
    func velocity(_ x: Tensor, _ row: [Float]) -> Tensor {
      let at = levels(row), t = at.timesteps(on: x.compute)
      let seen = beside?.beside(x) ?? x, tokens = beside?.tokens
      func put(_ text: Tensor, _ actions: [Tensor]) -> Tensor {
        objective.velocity(model(seen, timesteps: t, text: text, image: tokens, actions: actions), at: x, at)
      }
      let v = put(text, actions)
      // Each leads away from what it would be without it alone, the other condition as it is.
      let guidesActions = settings.actionGuidance != 1 && !withoutActions.isEmpty
      let unmoved = guidesActions ? put(text, withoutActions) : nil
      let guided = settings.guidance == 1 ? v : put(null, actions)
      if settings.guidance != 1 { guided.scaleAndAdd(Float(1 - settings.guidance), Float(settings.guidance), v) }
      guard let unmoved else { return guided }
      let sum = guided.copy(), lead = Float(settings.actionGuidance - 1)
      sum.scaleAndAdd(1, lead, v)
      sum.scaleAndAdd(1, -lead, unmoved)
      return sum
    }
    return try Self.integrate(x, plan, settings.solver, velocity, onStep: onStep)
  }

  /// Integrates dx/dσ = v(x, σ) down the rows of `plan`: one step of Euler's or Heun's method a row. `x` is not
  /// modified.
  /// - Parameter velocity: of x at a row of levels [G].
  package static func integrate(
    _ x: Tensor, _ plan: SamplingPlan, _ solver: SamplerSettings.Solver, _ velocity: (Tensor, [Float]) throws -> Tensor,
    onStep: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Tensor {
    var x = x.copy()
    for step in 0..<plan.steps {
      let now = plan.levels[step], next = plan.levels[step + 1]
      let v = try velocity(x, now)
      let moved = move(x, v, from: now, to: next)
      // Heun corrects only where the end of the step still has noise: the model is undefined at σ = 0.
      let corrected = zip(now, next).map { $0 != $1 && $1 > 0 }
      if solver == .heun, corrected.contains(true) {
        let average = v.copy()
        average.scaleAndAdd(0.5, 0.5, try velocity(moved, next))
        x = merge(move(x, average, from: now, to: next), moved, corrected)
      } else {
        x = moved
      }
      try onStep(step + 1, plan.steps)
    }
    return x
  }

  /// x + (σ' − σ)·v, group by group.
  package static func move(_ x: Tensor, _ v: Tensor, from now: [Float], to next: [Float]) -> Tensor {
    let y = x.copy(), n = x.count / (x.shape[0] * now.count)
    y.withElements { y in
      v.withElements { v in
        for i in 0..<x.shape[0] * now.count {
          let d = next[i % now.count] - now[i % now.count]
          if d != 0 { for j in i * n..<(i + 1) * n { y[j] += d * v[j] } }
        }
      }
    }
    return y
  }

  /// Groups of `a` where `take`, of `b` elsewhere.
  private static func merge(_ a: Tensor, _ b: Tensor, _ take: [Bool]) -> Tensor {
    let y = b.copy(), n = a.count / (a.shape[0] * take.count)
    y.withElements { y in
      a.withElements { a in
        for i in 0..<a.count / n where take[i % take.count] { for j in i * n..<(i + 1) * n { y[j] = a[j] } }
      }
    }
    return y
  }
}
