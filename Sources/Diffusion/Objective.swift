import Files
import Tensors

/// Rectified flow (Liu et al. 2022; Lipman et al. 2023): x_σ = (1−σ)·x₀ + σ·ε with velocity v = ε − x₀, the loss always
/// the mean squared velocity error over the groups that are not clean context.
///
/// The network may put out the velocity itself, or x₀; then v̂ = (x_σ − x̂₀)/σ, so the same loss is (x̂₀ − x₀)²/σ²,
/// with σ floored in the weight so that nearly clean groups do not dominate (cf. Salimans & Ho 2022 on
/// parametrisations).
public struct Objective: Sendable, Equatable {
  public enum Prediction: String, CaseIterable, Sendable { case velocity, x0 }

  public var prediction: Prediction
  /// Smallest σ in the x₀ weight, in (0, 1].
  public var floor: Double

  public init(_ prediction: Prediction = .x0, floor: Double = 0.1) {
    (self.prediction, self.floor) = (prediction, floor)
  }

  public struct Noisy {
    /// x_σ [B,F,H,W,C].
    public let x: Tensor
    public let target: Tensor
    /// [B·G]: 1/n for each of the n groups in the loss, times 1/max(σ, floor)² where x₀ is predicted; 0 elsewhere.
    public let weight: Tensor
    /// 1000·σ [B,G].
    public let timesteps: Tensor
  }

  /// Mixes noise into clean latents, group by group. - Parameter levels: σ of sample b, group g.
  public func corrupt(_ x0: Tensor, _ noise: Tensor, _ levels: Levels) -> Noisy {
    let c = x0.compute, (b, g) = (levels.batch, levels.groups), n = x0.count / (b * g)
    precondition(noise.shape == x0.shape && x0.shape[0] == b && x0.shape[1] % g == 0)
    let x = Tensor(undefined: x0.shape, on: c)
    let target = prediction == .x0 ? x0 : Tensor(undefined: x0.shape, on: c)
    x0.withElements { x0 in
      noise.withElements { e in
        x.withElements { x in
          target.withElements { v in
            let (x0, e, x, v) = (x0.baseAddress!, e.baseAddress!, x.baseAddress!, v.baseAddress!)
            c.parallel(over: b * g, grain: 1) { r in
              for i in r {
                let s = levels.sigma[i], from = i * n
                c.mix(n, 1 - s, x0 + from, s, e + from, x + from)
                if prediction == .velocity { c.mix(n, 1, e + from, -1, x0 + from, v + from) }
              }
            }
          }
        }
      }
    }
    let inLoss = levels.sigma.indices.filter { !levels.context[$0] && levels.sigma[$0] > 0 }
    var weight = [Float](repeating: 0, count: b * g)
    for i in inLoss {
      let s = max(levels.sigma[i], Float(floor))
      weight[i] = (prediction == .x0 ? 1 / (s * s) : 1) / Float(max(1, inLoss.count))
    }
    return Noisy(x: x, target: target, weight: Tensor(weight, [b * g], on: c), timesteps: levels.timesteps(on: c))
  }

  /// The velocity the network's output implies; zero where σ is 0 (clean groups do not move).
  public func velocity(_ output: Tensor, at x: Tensor, _ levels: Levels) -> Tensor {
    guard prediction == .x0 else { return output }
    let c = x.compute, groups = levels.sigma.count, n = x.count / groups
    let v = Tensor(undefined: x.shape, on: c)
    x.withElements { x in
      output.withElements { y in
        v.withElements { v in
          let (x, y, v) = (x.baseAddress!, y.baseAddress!, v.baseAddress!)
          c.parallel(over: groups, grain: 1) { r in
            for i in r {
              let k = levels.sigma[i] > 0 ? 1 / levels.sigma[i] : 0
              c.mix(n, k, x + i * n, -k, y + i * n, v + i * n)
            }
          }
        }
      }
    }
    return v
  }
}

extension Objective: DocumentSection {
  package static let section = Section(Objective()) {
    Field("prediction", \.prediction, .choice, "what the network puts out")
    Field("sigma_floor", \.floor, .number(in: 0.001...1), "smallest σ in the weight 1/σ² of the x₀ loss")
  }
}

/// Noise levels of a batch: σ in [0, 1] for each of G contiguous groups of latent frames of each sample.
public struct Levels: Sendable, Equatable {
  public let batch: Int
  public let groups: Int
  /// [B·G]
  public var sigma: [Float]
  /// [B·G]: given frames, never in the loss.
  public var context: [Bool]

  public init(batch: Int, groups: Int, sigma: [Float], context: [Bool]) {
    precondition(sigma.count == batch * groups && context.count == sigma.count)
    (self.batch, self.groups, self.sigma, self.context) = (batch, groups, sigma, context)
  }

  /// The timesteps the model takes: 1000·σ, [B,G].
  public func timesteps(on compute: Compute) -> Tensor {
    Tensor(sigma.map { 1000 * $0 }, [batch, groups], on: compute)
  }
}
