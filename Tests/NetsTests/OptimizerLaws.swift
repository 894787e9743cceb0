import Files
import Foundation
import Nets
import Tensors
import TestKit
import Testing

/// torch.optim.AdamW with torch.nn.utils.clip_grad_norm_, in Double, one number at a time.
private struct PlainAdamW {
  var p: [Double], m: [Double], v: [Double]
  var t = 0
  let b1: Double, b2: Double, eps: Double, decay: Double

  init(_ start: [Double], b1: Double, b2: Double, eps: Double, decay: Double) {
    (p, m, v) = (start, start.map { _ in 0 }, start.map { _ in 0 })
    (self.b1, self.b2, self.eps, self.decay) = (b1, b2, eps, decay)
  }

  mutating func step(_ gradient: [Double], rate: Double, clip: Double) -> Double {
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = clip > 0 ? min(1, clip / (norm + 1e-6)) : 1
    t += 1
    for i in p.indices {
      let g = gradient[i] * scale
      p[i] -= rate * decay * p[i]  // decoupled: the moments never see it
      m[i] = b1 * m[i] + (1 - b1) * g
      v[i] = b2 * v[i] + (1 - b2) * g * g
      let mean = m[i] / (1 - pow(b1, Double(t))), square = v[i] / (1 - pow(b2, Double(t)))
      p[i] -= rate * mean / (square.squareRoot() + eps)
    }
    return norm
  }
}

@Suite struct OptimizerLaws {
  let compute: Compute
  init() throws { compute = try #require(Compute(threads: 2)) }

  /// More numbers than one task takes, of two shapes.
  private func parameters(_ count: Int = 40_000) -> Parameters {
    let p = Parameters(on: compute) { scope in
      _ = scope.parameter("a", [count - 7], .normal(0.05))
      _ = scope.parameter("b", [7], .normal(0.05))
    }
    p.initialise(seed: 3)
    return p
  }

  @Test(arguments: [0, 0.5, 1e9] as [Float], [0, 0.1] as [Float])
  func adamWIsTorchs(clip: Float, decay: Float) throws {
    let parameters = parameters(), gradients = Gradients(of: parameters)
    let settings = AdamW.Settings(beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: decay), adam = AdamW(parameters, settings)
    var plain = PlainAdamW(
      parameters.values.values.map(Double.init), b1: 0.9, b2: 0.95, eps: 1e-8, decay: Double(decay))
    let start = plain.p
    for step in 0..<20 {
      // Gradients of very different sizes, some exactly zero; two arrive summed over four micro-batches.
      Random(seed: 5, step: step).fillNormal(gradients.values, .noise)
      gradients.values.withElements { g in for i in g.indices { g[i] *= i % 5 == 0 ? 0 : pow(10, Float(i % 4) - 3) } }
      let parts: Float = step % 2 == 0 ? 4 : 1, rate = 1e-2 * Float(step + 1) / 20
      let norm = adam.step(parameters, gradients, rate: rate, clip: clip, scale: 1 / parts)
      let expected = plain.step(
        gradients.values.values.map { Double($0) / Double(parts) }, rate: Double(rate), clip: Double(clip))
      #expect(abs(Double(norm) / expected - 1) < 1e-5)
    }
    #expect(adam.updates == 20)
    let moved = largestDifference(plain.p, start), worst = largestDifference(parameters.values.values, plain.p)
    #expect(moved > 0.05 && worst < 5e-6 * moved, "off by \(worst) after moving \(moved)")
  }

  /// A thread more or less, or an interruption, changes no bit.
  @Test func bitsDependOnNeitherThreadsNorResuming() throws {
    let runs = try [1, 2, 7].map { threads -> [UInt32] in
      let compute = try #require(Compute(threads: threads))
      let p = Parameters(on: compute) { _ = $0.parameter("a", [100_001], .normal(1)) }
      p.initialise(seed: 1)
      var adam = AdamW(p, .init())
      let gradients = Gradients(of: p)
      for step in 0..<4 {
        if threads == 7, step == 2 {  // as if loaded from a checkpoint
          let next = AdamW(p, .init())
          next.first.scaleAndAdd(0, 1, adam.first)
          next.second.scaleAndAdd(0, 1, adam.second)
          next.resume(updates: adam.updates)
          adam = next
        }
        Random(seed: 2, step: step).fillNormal(gradients.values, .noise)
        adam.step(p, gradients, rate: 1e-3, clip: 1)
      }
      return p.values.values.map(\.bitPattern)
    }
    let same = runs[0] == runs[1] && runs[1] == runs[2]
    #expect(same)
  }

  /// A gradient of zeros moves nothing but by decay, whatever eps is.
  @Test func noGradientNoStep() {
    let p = parameters(100), before = p.values.values, gradients = Gradients(of: p)
    AdamW(p, .init(decay: 0)).step(p, gradients, rate: 1, clip: 1)
    #expect(p.values.values == before)
    AdamW(p, .init(decay: 0.5)).step(p, gradients, rate: 0.1, clip: 1)
    #expect(pairs(p.values.values, before).allSatisfy { abs($0 - 0.95 * $1) <= 1e-6 * abs($1) })
  }
}

@Suite struct LearningRateLaws {
  @Test func warmUpReachesThePeakAtItsLastStep() {
    let rate = LearningRate(peak: 2, warmup: 4, decay: .cosine, floor: 0.1)
    #expect((0..<5).map { rate.at($0, of: 104) } == [0.5, 1, 1.5, 2, 2])
    #expect(LearningRate(peak: 2, warmup: 0, decay: .cosine, floor: 0).at(0, of: 10) == 2)
  }

  @Test(arguments: LearningRate.Decay.allCases) func decayEndsAtTheFloor(decay: LearningRate.Decay) {
    let rate = LearningRate(peak: 2, warmup: 10, decay: decay, floor: 0.25),
      all = (10...1010).map { rate.at($0, of: 1010) }
    #expect(all[0] == 2)
    #expect(all == all.sorted(by: >))
    let (middle, end) =
      switch decay {
      case .constant: (2.0, 2.0);
      default: (1.25, 0.5)
      }
    #expect(abs(all[500] - middle) < 1e-12 && abs(all[1000] - end) < 1e-12)
    // Past the end, and where the warm-up is longer than the run, nothing strange happens.
    #expect(abs(rate.at(5000, of: 1010) - end) < 1e-12)
    #expect(rate.at(3, of: 4) == 0.8 && rate.at(10, of: 4) >= end)
  }

  /// A quarter of the way down a cosine has fallen by (1 − cos 45°)/2, a line by a quarter.
  @Test func cosineIsNotALine() {
    #expect(
      abs(LearningRate(peak: 1, warmup: 0, decay: .cosine, floor: 0).at(25, of: 100) - (1 + 0.5.squareRoot()) / 2)
        < 1e-12)
    #expect(abs(LearningRate(peak: 1, warmup: 0, decay: .linear, floor: 0).at(25, of: 100) - 0.75) < 1e-12)
  }
}

@Suite struct MovingAverageLaws {
  /// The decay is (1+n)/(10+n) until that passes the one asked for.
  @Test func rampThenDecay() throws {
    let compute = try #require(Compute(threads: 2))
    let p = Parameters(on: compute) { _ = $0.parameter("a", [70_001], .normal(1)) }
    p.initialise(seed: 1)
    let average = MovingAverage(p, decay: 0.6)
    let starts = average.values.values == p.values.values
    #expect(starts)
    var plain = p.values.values.map(Double.init)
    for n in 1...30 {
      Random(seed: 9, step: n).fillNormal(p.values, .noise)
      average.update(p, updates: n)
      let d = min(0.6, Double(1 + n) / Double(10 + n))
      for (i, v) in p.values.values.enumerated() { plain[i] = d * plain[i] + (1 - d) * Double(v) }
    }
    let worst = largestDifference(average.values.values, plain)
    #expect(worst < 2e-6, "off by \(worst)")
  }

  /// What stands still is its own average.
  @Test func aConstantStays() throws {
    let compute = try #require(Compute(threads: 1))
    let p = Parameters(on: compute) { _ = $0.parameter("a", [1000], .normal(1)) }
    p.initialise(seed: 1)
    let average = MovingAverage(p, decay: 0.999)
    for n in 1...100 { average.update(p, updates: n) }
    #expect(pairs(average.values.values, p.values.values).allSatisfy { abs($0 - $1) <= 2e-6 * abs($1) })
  }
}
