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

  public var mean = 1.0
  public var deviation = 1.2
  public var shift = 1.0
  /// Levels are drawn between these: of the range one of two experts works in (Wan 2.2 A14B), or of all.
  public var low = 0.0, high = 1.0
  public var mode = Mode.equal
  /// Of samples in `mixture` mode, the share whose groups draw independently.
  public var independentShare = 0.5
  /// Share of samples with a clean prefix.
  public var prefixShare = 0.75
  /// Longest prefix in frames; the prefix drawn is exactly this long.
  public var prefixFrames = 4

  public init() {}

  /// Levels for a batch. - Parameters:
  ///   - groups: G, groups of latent frames.
  ///   - prefix: groups covered by `prefixFrames`.
  ///   - random: keyed by seed, step and micro-batch.
  public func draw(batch: Int, groups: Int, prefix: Int, _ random: Random) -> Levels {
    let levels = level
    var sigma = [Float](repeating: 0, count: batch * groups), context = [Bool](repeating: false, count: batch * groups)
    for b in 0..<batch {
      let clean = prefix > 0 && prefix < groups && random.uniform(b, .prefix) < prefixShare ? prefix : 0
      let independent = mode == .independent || (mode == .mixture && random.uniform(b, .mixture) < independentShare)
      for g in 0..<groups {
        let i = b * groups + g
        context[i] = g < clean
        if !context[i] { sigma[i] = levels(random.normal(independent ? i : b * groups, .level)) }
      }
    }
    return Levels(batch: batch, groups: groups, sigma: sigma, context: context)
  }

  /// Whether levels are drawn from a part of their range.
  public var isPartial: Bool { low > 0 || high < 1 }

  /// σ of a standard normal number. Of a part of the range, the distribution is cut to it: the number's share of the
  /// whole becomes its share of the part.
  private var level: (Double) -> Float {
    // Exactly 0 would be clean and exactly 1 carries no signal: both are reached only by sampling.
    let ends = (min: max(1e-4, low), max: min(0.99999, high))
    func sigma(_ normal: Double) -> Float {
      let s = 1 / (1 + exp(-(mean + deviation * normal)))
      return Float(min(ends.max, max(ends.min, s * shift / (1 + (shift - 1) * s))))
    }
    guard isPartial else { return sigma }
    let a = Self.share(normal(of: ends.min)), b = Self.share(normal(of: ends.max))
    return { sigma(Self.normal(share: a + (b - a) * Self.share($0))) }
  }

  /// The normal number that gives σ.
  private func normal(of sigma: Double) -> Double {
    let s = sigma / (shift - (shift - 1) * sigma)
    return (log(s / (1 - s)) - mean) / deviation
  }

  /// Of normal numbers, the share below x.
  private static func share(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  /// Its inverse, by halving.
  private static func normal(share: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if Self.share(middle) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

extension NoiseLevels: DocumentSection {
  package static let section = Section(NoiseLevels()) {
    Field("mean", \.mean, .number(in: -10...10), "σ = sigmoid(N(mean, std)), then shifted")
    Field("std", \.deviation, .number(in: 0.01...10), "see `mean`")
    Field("shift", \.shift, .number(in: 0.1...100), "s in σ·s/(1+(s−1)σ); above 1, noise is higher")
    Field("mode", \.mode, .choice, "groups of frames share a level, draw their own, or a share of samples does")
    Field("independent_share", \.independentShare, .number(in: 0...1), "of mode mixture: share that draws its own")
    Field("prefix_share", \.prefixShare, .number(in: 0...1), "share of samples that are given a clean prefix")
    Field(
      "prefix_frames", \.prefixFrames, .integer(in: 0...100_000), unit: "frames",
      "length of the prefix; a multiple of `codec.time` × `model.patch[0]`, below the window")
    Field(
      "low", \.low, .number(in: 0...1), hashed: .whenNotDefault, written: .whenNotDefault,
      "smallest σ drawn, and the end of what is held out: for one of A14B's two experts, its boundary or 0")
    Field(
      "high", \.high, .number(in: 0...1), hashed: .whenNotDefault, written: .whenNotDefault,
      "largest σ drawn; see `low`")
  } rules: { levels, f in
    if levels.low >= levels.high {
      f.complain("\(f.path("low")) is \(levels.low), and \(f.path("high")) \(levels.high): nothing lies between")
    }
  }
}
