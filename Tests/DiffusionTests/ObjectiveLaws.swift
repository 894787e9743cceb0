import Diffusion
import Files
import Foundation
import Tensors
import TestKit
import Testing

@Suite struct ObjectiveLaws {
  let compute: Compute
  init() throws { compute = try #require(Compute(threads: 2)) }

  let shape: Shape = [2, 3, 2, 2, 5]
  private func draw(_ lane: Int) -> Tensor {
    let x = Tensor(undefined: shape, on: compute)
    Random(seed: 1, lane: lane).fillNormal(x, .noise)
    return x
  }

  private func levels(_ sigma: [Float], _ context: Set<Int> = []) -> Levels {
    Levels(batch: 2, groups: sigma.count / 2, sigma: sigma, context: sigma.indices.map(context.contains))
  }

  /// x_σ = (1−σ)·x₀ + σ·ε group by group: clean at 0, noise at 1, to the bit.
  @Test(arguments: Objective.Prediction.allCases) func mixesGroupByGroup(prediction: Objective.Prediction) {
    let x0 = draw(0), noise = draw(1), sigma: [Float] = [0, 0.25, 1, 0.5, 0.9, 0.01]
    let noisy = Objective(prediction).corrupt(x0, noise, levels(sigma, [0])), n = shape.count / 6
    #expect(noisy.timesteps.values == sigma.map { 1000 * $0 } && noisy.timesteps.shape == [2, 3])
    for i in 0..<shape.count {
      let (a, e, s) = (Double(x0.values[i]), Double(noise.values[i]), Double(sigma[i / n]))
      #expect(abs(Double(noisy.x.values[i]) - ((1 - s) * a + s * e)) < 1e-6)
      #expect(abs(Double(noisy.target.values[i]) - (prediction == .x0 ? a : e - a)) < 1e-6)
    }
    #expect(
      Array(noisy.x.values[0..<n]) == Array(x0.values[0..<n])
        && Array(noisy.x.values[2 * n..<3 * n]) == Array(noise.values[2 * n..<3 * n]))
  }

  /// Groups in the loss share it equally; context and clean groups have none.
  @Test func weightsAreWhatIsPromised() {
    let sigma: [Float] = [0, 0.05, 0.5, 0, 0.2, 1], at = levels(sigma, [0])
    let velocity = Objective(.velocity).corrupt(draw(0), draw(1), at).weight.values
    #expect(velocity == [0, 0.25, 0.25, 0, 0.25, 0.25] && velocity.reduce(0, +) == 1)
    let x0 = Objective(.x0, floor: 0.1).corrupt(draw(0), draw(1), at).weight.values
    for (w, s) in pairs(x0, sigma) { #expect(abs(w - (s == 0 ? 0 : 0.25 / pow(max(s, 0.1), 2))) < 1e-4) }
    let third = Float(1) / 3,
      half = Objective(.velocity).corrupt(draw(0), draw(1), levels([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0, 1, 2])).weight
        .values
    #expect(half == [0, 0, 0, third, third, third])
    #expect(Objective(.x0).corrupt(draw(0), draw(1), levels([0, 0, 0, 0, 0, 0])).weight.values == [0, 0, 0, 0, 0, 0])
  }

  /// One and the same belief about the clip costs the same, whether it is put out as a velocity or as x₀; below the
  /// floor the x₀ form costs (σ/floor)² of it.
  @Test func bothParametrisationsAreOneLoss() {
    let x0 = draw(0), noise = draw(1), belief = draw(2)
    for (sigma, ratio) in [
      ([0.15, 0.3, 0.5, 0.7, 0.9, 1] as [Float], 1.0), ([0.05, 0.05, 0.05, 0.05, 0.05, 0.05], 0.25),
    ] {
      let at = levels(sigma), n = shape.count / 6
      let v = Objective(.velocity).corrupt(x0, noise, at), clean = Objective(.x0, floor: 0.1).corrupt(x0, noise, at)
      #expect(v.x.values == clean.x.values)
      // x̂₀ = x_σ − σ·v̂
      let implied = Tensor(
        v.x.values.indices.map { v.x.values[$0] - sigma[$0 / n] * belief.values[$0] }, shape, on: compute)
      let a = WeightedMSE()(belief, v.target, v.weight).values[0],
        b = WeightedMSE()(implied, clean.target, clean.weight).values[0]
      #expect(abs(Double(b / a) / ratio - 1) < 1e-4, "\(a) and \(b) at \(sigma)")
      let back = Objective(.x0).velocity(implied, at: clean.x, at)
      #expect(largestDifference(back.values, belief.values) < 2e-5)
    }
  }

  /// A perfect prediction costs nothing, and its velocity leads from the noisy latents back to the clean ones.
  @Test(arguments: Objective.Prediction.allCases) func perfectionIsFree(prediction: Objective.Prediction) {
    let x0 = draw(0), noise = draw(1), sigma: [Float] = [0, 0.25, 1, 0.5, 0.9, 0.02], n = shape.count / 6
    let objective = Objective(prediction), at = levels(sigma, [0]), noisy = objective.corrupt(x0, noise, at)
    #expect(WeightedMSE()(noisy.target, noisy.target, noisy.weight).values == [0])
    let v = objective.velocity(noisy.target, at: noisy.x, at).values
    for i in 0..<shape.count { #expect(abs(noisy.x.values[i] - sigma[i / n] * v[i] - x0.values[i]) < 1e-5) }
    if prediction == .x0 {
      let still = objective.velocity(noise, at: noisy.x, at).values[0..<n].allSatisfy { $0 == 0 }
      #expect(still, "a clean group moves")
    }
  }
}

@Suite struct NoiseLevelsLaws {
  private func make(_ value: Value) throws -> NoiseLevels {
    let f = StrictFields(value, at: "t"), levels = NoiseLevels(f)
    try f.finish()
    return levels
  }

  private func logit(_ s: Float) -> Double { log(Double(s) / (1 - Double(s))) }
  private let random = Random(seed: 11, step: 5)
  private let batch = 6000

  private func moments(_ x: [Double]) -> (mean: Double, deviation: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    return (mean, (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)).squareRoot())
  }

  /// logit σ is normal with the mean and deviation asked for; `shift` multiplies the odds σ/(1−σ).
  @Test(arguments: NoiseLevels.Mode.allCases) func logitsAreNormal(mode: NoiseLevels.Mode) throws {
    var levels = try make(["mean": 0.5, "std": 1.2, "mode": .string(mode.rawValue), "prefix_share": 0])
    let plain = levels.draw(batch: batch, groups: 3, prefix: 1, random)
    let each = (0..<batch).map { logit(plain.sigma[3 * $0 + 1]) }, m = moments(each)
    #expect(abs(m.mean - 0.5) < 0.05 && abs(m.deviation - 1.2) < 0.04)
    // Of a normal, 68.3 % lie within a deviation and 95.4 % within two.
    for (k, share) in [(1.0, 0.6827), (2.0, 0.9545)] {
      #expect(abs(Double(each.count { abs($0 - 0.5) < k * 1.2 }) / Double(batch) - share) < 0.02)
    }
    levels.shift = 3
    let shifted = levels.draw(batch: batch, groups: 3, prefix: 1, random)
    #expect(pairs(shifted.sigma, plain.sigma).allSatisfy { abs(logit($0) - logit($1) - log(3)) < 1e-2 || $0 > 0.999 })
  }

  /// Which groups share a level: all, none, or all in the share of samples that is not independent.
  @Test func modesDifferInWhatIsShared() throws {
    func together(_ value: Value) throws -> (share: Double, correlation: Double) {
      let drawn = try make(value).draw(batch: batch, groups: 2, prefix: 0, random)
      let pairs = (0..<batch).map { (logit(drawn.sigma[2 * $0]), logit(drawn.sigma[2 * $0 + 1])) }
      let a = moments(pairs.map(\.0)), b = moments(pairs.map(\.1))
      let product = pairs.reduce(0) { $0 + ($1.0 - a.mean) * ($1.1 - b.mean) } / Double(batch)
      return (Double(pairs.count { $0.0 == $0.1 }) / Double(batch), product / a.deviation / b.deviation)
    }
    let equal = try together(["mode": "equal"]), independent = try together(["mode": "independent"]),
      mixture = try together(["mode": "mixture", "independent_share": 0.3])
    #expect(equal.share == 1)
    #expect(independent.share == 0 && abs(independent.correlation) < 0.04)
    #expect(abs(mixture.share - 0.7) < 0.03)
    #expect(
      try together(["mode": "mixture", "independent_share": 0]).share == 1
        && together(["mode": "mixture", "independent_share": 1]).share == 0)
  }

  /// The share asked for has a clean prefix of exactly the groups given; the rest has none.
  @Test(arguments: [0, 0.25, 0.75, 1]) func prefixesHaveTheirShare(share: Double) throws {
    let levels = try make(["prefix_share": .number(share), "mode": "mixture"])
    let drawn = levels.draw(batch: batch, groups: 5, prefix: 2, random)
    var given = 0
    for b in 0..<batch {
      let row = Array(drawn.sigma[5 * b..<5 * b + 5]), context = Array(drawn.context[5 * b..<5 * b + 5])
      #expect(context == [true, true, false, false, false] || context == [false, false, false, false, false])
      #expect(pairs(row, context).allSatisfy { ($0 == 0) == $1 })
      if context[0] { given += 1 }
    }
    #expect(abs(Double(given) / Double(batch) - share) < (share == 0 || share == 1 ? 1e-9 : 0.02))
    // A prefix that leaves nothing to learn is no prefix.
    for (groups, prefix) in [(5, 0), (2, 2), (1, 2)] {
      #expect(!levels.draw(batch: 50, groups: groups, prefix: prefix, random).context.contains(true))
    }
  }

  /// Of a part of the range, levels are distributed as those of the whole that fall into it.
  @Test(arguments: [(0.875, 1.0, 3.0), (0.0, 0.9, 5.0), (0.3, 0.5, 1.0)])
  func partsOfTheRange(low: Double, high: Double, shift: Double) throws {
    var whole = NoiseLevels()
    (whole.prefixShare, whole.shift) = (0, shift)
    var part = whole
    (part.low, part.high) = (low, high)
    #expect(part.isPartial && !whole.isPartial)
    let n = 20_000, random = Random(seed: 9)
    let cut = part.draw(batch: n, groups: 1, prefix: 0, random).sigma.sorted(),
      all = whole.draw(batch: 10 * n, groups: 1, prefix: 0, Random(seed: 10)).sigma.filter {
        Double($0) >= low && Double($0) <= high
      }.sorted()
    #expect(cut.allSatisfy { Double($0) >= low - 1e-7 && Double($0) <= high + 1e-7 })
    // Kolmogorov and Smirnov's distance, at one in ten thousand.
    var distance = 0.0
    for i in stride(from: 0, to: n, by: 50) {
      let below = all.firstIndex { $0 >= cut[i] } ?? all.count
      distance = max(distance, abs(Double(i) / Double(n) - Double(below) / Double(all.count)))
    }
    #expect(distance < 2.2 * (1 / Double(n) + 1 / Double(all.count)).squareRoot())
  }

  /// A draw is a function of seed, step and micro-batch; a sample's does not depend on how many stand behind it.
  @Test(arguments: NoiseLevels.Mode.allCases) func drawsAreKeyed(mode: NoiseLevels.Mode) throws {
    let levels = try make(["mode": .string(mode.rawValue)])
    func draw(_ random: Random, _ batch: Int = 8) -> Levels { levels.draw(batch: batch, groups: 4, prefix: 1, random) }
    let here = draw(Random(seed: 1, step: 2, lane: 3))
    #expect(here == draw(Random(seed: 1, step: 2, lane: 3)))
    for other in [
      Random(seed: 2, step: 2, lane: 3), Random(seed: 1, step: 3, lane: 3), Random(seed: 1, step: 2, lane: 4),
    ] { #expect(here != draw(other)) }
    #expect(draw(Random(seed: 1, step: 2, lane: 3), 5).sigma == Array(here.sigma.prefix(20)))
  }

  @Test func extremesStayInside() throws {
    for mean in [-10, 10] as [Double] {
      let sigma = try make(["mean": .number(mean), "std": 10, "mode": "independent", "prefix_share": 0]).draw(
        batch: 500, groups: 2, prefix: 0, random
      ).sigma
      #expect(sigma.allSatisfy { (1e-4...0.99999).contains($0) })
    }
  }
}
