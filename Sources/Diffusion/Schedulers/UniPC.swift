import Foundation
import Tensors

/// UniPC (Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework", algorithm 8 with B₂(h) = e^h − 1, data
/// prediction), order 1 or 2, along the flow's σ and α = 1 − σ, as diffusers' `UniPCMultistepScheduler` has it with
/// `use_flow_sigmas`: the evaluation of a step first corrects the sample it was made at, then predicts the next one.
///
/// The first and the last step are of order 1 (`lower_order_final`). Levels are evenly spaced from 1 to 1/N, the last
/// left out, shifted; timesteps are N·σ cut to whole numbers.
public struct UniPC: FlowScheduler {
  public let timesteps: [Float], sigmas: [Float]
  private let order: Int
  /// x₀ as it was predicted at the last steps, the newest last.
  private var predictions: [Tensor] = []
  /// What the last step began with, and its order.
  private var last: (sample: Tensor, order: Int)?

  /// - Parameters:
  ///   - steps: 1 or more.
  ///   - shift: s in σ·s/(1+(s−1)σ).
  ///   - order: 1 or 2.
  ///   - levels: N, of the training.
  public init(steps: Int, shift: Double, order: Int = 2, levels: Int = 1000) {
    precondition(steps > 0 && (1...2).contains(order) && levels > 0)
    let apart = (1 / Double(levels) - 1) / Double(steps)
    var evenly = (0..<steps).map { FlowSchedule.shifted(Double($0) * apart + 1, by: shift) }
    // At σ = 1 there is no signal, and log α would be infinite.
    if abs(evenly[0] - 1) < 1e-6 { evenly[0] -= 1e-6 }
    timesteps = evenly.map { Float(($0 * Double(levels)).rounded(.towardZero)) }
    sigmas = evenly.map { Float($0) } + [0]
    self.order = order
  }

  /// λ = log(α/σ): infinite where there is no noise left.
  private func lambda(_ i: Int) -> Double { log(1 - Double(sigmas[i])) - log(Double(sigmas[i])) }

  public mutating func step(_ output: Tensor, at i: Int, _ sample: Tensor) -> Tensor {
    let x0 = Tensor.sum([(1, sample), (-Double(sigmas[i]), output)])
    var sample = sample
    if let last, i > 0 { sample = corrected(last.sample, x0, order: last.order, at: i) }
    predictions = predictions.suffix(order - 1) + [x0]
    let now = min(order, timesteps.count - i, i + 1)
    last = (sample, now)
    return predicted(sample, order: now, at: i)
  }

  /// From level `from` to level `to` = from + 1: the factors of x, of the newest x₀ before it, and of B(h)·D, and what
  /// they are made of.
  private struct Move {
    let h: Double, keep: Double, aim: Double, turn: Double
    init(_ sigmas: [Float], lambda: (Int) -> Double, from: Int) {
      let sigma = Double(sigmas[from + 1]), alpha = 1 - sigma
      h = lambda(from + 1) - lambda(from)
      let growth = expm1(-h)
      keep = sigma / Double(sigmas[from])
      (aim, turn) = (-alpha * growth, -alpha * growth)
    }
  }

  /// UniP: extrapolates from the predictions there are.
  private func predicted(_ x: Tensor, order: Int, at i: Int) -> Tensor {
    let newest = predictions[predictions.count - 1]
    // e^(−h) is 0: all that is left is the prediction.
    guard sigmas[i + 1] > 0 else { return newest.copy() }
    let move = Move(sigmas, lambda: lambda, from: i)
    guard order == 2 else { return .sum([(move.keep, x), (move.aim, newest)]) }
    // D₁ = (m₋₁ − m₀)/r, weighed by a half.
    let r = (lambda(i - 1) - lambda(i)) / move.h, c = 0.5 * move.turn / r
    return .sum([(move.keep, x), (move.aim - c, newest), (c, predictions[predictions.count - 2])])
  }

  /// UniC: the last step again, with the prediction made at its end.
  private func corrected(_ x: Tensor, _ x0: Tensor, order: Int, at i: Int) -> Tensor {
    let newest = predictions[predictions.count - 1], move = Move(sigmas, lambda: lambda, from: i - 1)
    guard order == 2 else {
      return .sum([(move.keep, x), (move.aim - 0.5 * move.turn, newest), (0.5 * move.turn, x0)])
    }
    let r = (lambda(i - 2) - lambda(i - 1)) / move.h, hh = -move.h, growth = expm1(hh)
    let phi = growth / hh - 1, b1 = phi / growth, b2 = 2 * (phi / hh - 0.5) / growth
    // ρ₁ + ρ₂ = b₁ and r·ρ₁ + ρ₂ = b₂.
    let rho1 = (b2 - b1) / (r - 1), rho2 = b1 - rho1
    let before = move.turn * rho1 / r, after = move.turn * rho2
    return .sum([
      (move.keep, x), (move.aim - before - after, newest), (before, predictions[predictions.count - 2]), (after, x0),
    ])
  }
}
