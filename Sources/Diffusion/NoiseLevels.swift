import Files
import Foundation
import Tensors

/// How training draws noise levels.
///
/// σ = sigmoid(N(mean, std)) (Esser et al. 2024), shifted as σ·s/(1+(s−1)σ). The unknown frames of a sample share one
/// level, or each group draws its own (diffusion forcing: Chen et al. 2024), or a share of samples does. A share of
/// samples is given a clean prefix: what continuing a clip will look like.
public struct NoiseLevels: Sendable, Equatable {
  public enum Mode: String, CaseIterable, Sendable { case equal, independent, mixture }

  public var mean: Double
  public var deviation: Double
  public var shift: Double
  public var mode: Mode
  /// Of samples in `mixture` mode, the share whose groups draw independently.
  public var independentShare: Double
  /// Share of samples with a clean prefix.
  public var prefixShare: Double
  /// Longest prefix in frames; the prefix drawn is exactly this long.
  public var prefixFrames: Int

  public init(_ fields: StrictFields) {
    mean = fields.number("mean", in: -10...10, default: 1)
    deviation = fields.number("std", in: 0.01...10, default: 1.2)
    shift = fields.number("shift", in: 0.1...100, default: 1)
    mode = fields.choice("mode", default: .equal)
    independentShare = fields.number("independent_share", in: 0...1, default: 0.5)
    prefixShare = fields.number("prefix_share", in: 0...1, default: 0.75)
    prefixFrames = fields.integer("prefix_frames", in: 0...100_000, default: 4)
    fields.close()
  }

  public var value: Value {
    [
      "mean": .number(mean), "std": .number(deviation), "shift": .number(shift), "mode": .string(mode.rawValue),
      "independent_share": .number(independentShare),
      "prefix_share": .number(prefixShare), "prefix_frames": Value(prefixFrames),
    ]
  }

  /// Levels for a batch. - Parameters:
  ///   - groups: G, groups of latent frames.
  ///   - prefix: groups covered by `prefixFrames`.
  ///   - random: keyed by seed, step and micro-batch.
  public func draw(batch: Int, groups: Int, prefix: Int, _ random: Random) -> Levels {
    var sigma = [Float](repeating: 0, count: batch * groups), context = [Bool](repeating: false, count: batch * groups)
    for b in 0..<batch {
      let clean = prefix > 0 && prefix < groups && random.uniform(b, .prefix) < prefixShare ? prefix : 0
      let independent = mode == .independent || (mode == .mixture && random.uniform(b, .mixture) < independentShare)
      for g in 0..<groups {
        let i = b * groups + g
        context[i] = g < clean
        if !context[i] { sigma[i] = level(random.normal(independent ? i : b * groups, .level)) }
      }
    }
    return Levels(batch: batch, groups: groups, sigma: sigma, context: context)
  }

  private func level(_ normal: Double) -> Float {
    let s = 1 / (1 + exp(-(mean + deviation * normal)))
    // Exactly 0 would be clean and exactly 1 carries no signal: both are reached only by sampling.
    return Float(min(0.99999, max(1e-4, s * shift / (1 + (shift - 1) * s))))
  }
}
