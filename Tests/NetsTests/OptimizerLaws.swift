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
  @Test(arguments: AdamW.MomentType.allCases)
  func bitsDependOnNeitherThreadsNorResuming(moments: AdamW.MomentType) throws {
    var settings = AdamW.Settings()
    settings.moments = moments
    let runs = try [1, 2, 7].map { threads -> [UInt32] in
      let compute = try #require(Compute(threads: threads))
      let p = Parameters(on: compute) { _ = $0.parameter("a", [100_001], .normal(1)) }
      p.initialise(seed: 1)
      var adam = AdamW(p, settings, seed: 3)
      let gradients = Gradients(of: p)
      for step in 0..<4 {
        if threads == 7, step == 2 {  // as if loaded from a checkpoint
          let next = AdamW(p, settings, seed: 3)
          for (to, from) in zip(next.state, adam.state) {
            to.bytes.copyMemory(from: UnsafeRawBufferPointer(from.bytes))
          }
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
  @Test(arguments: AdamW.MomentType.allCases) func noGradientNoStep(moments: AdamW.MomentType) {
    func adam(_ p: Parameters, decay: Float) -> AdamW {
      var settings = AdamW.Settings(decay: decay)
      settings.moments = moments
      return AdamW(p, settings)
    }
    let p = parameters(100), before = p.values.values, gradients = Gradients(of: p)
    adam(p, decay: 0).step(p, gradients, rate: 1, clip: 1)
    #expect(p.values.values == before)
    adam(p, decay: 0.5).step(p, gradients, rate: 0.1, clip: 1)
    #expect(pairs(p.values.values, before).allSatisfy { abs($0 - 0.95 * $1) <= 1e-6 * abs($1) })
  }

  private func adam(_ p: Parameters, seed: UInt64 = 4) -> AdamW {
    var settings = AdamW.Settings(decay: 0)
    settings.moments = .eightBit
    return AdamW(p, settings, seed: seed)
  }

  /// What a code stands for, relative to its block's largest.
  private func values(_ adam: AdamW) -> (first: [Double], root: [Double]) {
    func floats(_ part: AdamW.StatePart) -> [Float] { Array(part.bytes.bindMemory(to: Float.self)) }
    func small(_ magnitude: Int, _ mantissa: Int) -> Double {
      magnitude == 0
        ? 0
        : pow(2, Double(magnitude >> mantissa) - 15)
          * (1 + Double(magnitude & ((1 << mantissa) - 1)) / pow(2, Double(mantissa)))
    }
    let state = adam.state, scales = (floats(state[2]), floats(state[3]))
    return (
      state[0].bytes.enumerated().map { i, code in
        (code & 128 == 0 ? 1 : -1) * small(Int(code & 127), 3) * Double(scales.0[i / 256]) / 1.875
      },
      state[1].bytes.enumerated().map { i, code in small(Int(code), 4) * Double(scales.1[i / 256]) / 1.9375 }
    )
  }

  /// Moments of eight bits are neighbours of the exact ones, and on the mean exact: the mean over many keys, of moments
  /// of very different sizes. A root is never zero that is not.
  @Test func bytesAreRoundedFairly() throws {
    let n = 5 * 256 + 9, p = parameters(n), gradients = Gradients(of: p)
    Random(seed: 5).fillNormal(gradients.values, .noise)
    gradients.values.withElements { g in for i in g.indices { g[i] *= i % 11 == 0 ? 0 : pow(10, Float(i % 6) - 5) } }
    let g = gradients.values.values.map(Double.init)
    var sum = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    let keys = 400
    for seed in 0..<keys {
      let adam = adam(p, seed: UInt64(seed))
      adam.step(p, gradients, rate: 0, clip: 0)
      let (first, root) = values(adam)
      for i in 0..<n {
        sum.0[i] += first[i] / Double(keys)
        sum.1[i] += root[i] / Double(keys)
        let (m, r) = (0.1 * g[i], (0.05 * g[i] * g[i]).squareRoot())
        let top = (i / 256 * 256..<min(n, i / 256 * 256 + 256)).map { abs(g[$0]) }.max() ?? 0
        // A step of three bits of mantissa, or the smallest code there is.
        #expect(abs(first[i] - m) <= max(abs(m) / 8, 0.1 * top * 0x1p-15) * 1.001)
        #expect(abs(root[i] - r) <= max(r / 16, 0.05.squareRoot() * top * 0x1p-15) * 1.001)
        #expect((root[i] == 0) == (g[i] == 0) && (first[i] == 0 || (first[i] < 0) == (g[i] < 0)))
      }
    }
    for i in 0..<n {
      let m = 0.1 * g[i], top = (i / 256 * 256..<min(n, i / 256 * 256 + 256)).map { abs(g[$0]) }.max() ?? 0
      // Six standard errors of a number that is one of two neighbours.
      #expect(abs(sum.0[i] - m) <= 6 * max(abs(m) / 8, 0.1 * top * 0x1p-15) / 2 / Double(keys).squareRoot())
    }
  }

  /// With moments of eight bits it goes where AdamW goes: a long descent on a bowl of very different curvatures, with noise.
  @Test func bytesGoWhereFloatsGo() throws {
    func descent(_ type: AdamW.MomentType) -> Double {
      let n = 3000, p = parameters(n), gradients = Gradients(of: p)
      var settings = AdamW.Settings(beta1: 0.9, beta2: 0.999, eps: 1e-8, decay: 0)
      settings.moments = type
      let adam = AdamW(p, settings)
      func loss() -> Double {
        p.values.values.enumerated().reduce(0) {
          $0 + pow(10, Double($1.offset % 4) - 3) * pow(Double($1.element) - 1, 2)
        }
      }
      let start = loss()
      for step in 0..<600 {
        Random(seed: 8, step: step).fillNormal(gradients.values, .noise)
        gradients.values.withElements { g in
          p.values.withElements { x in
            for i in g.indices { g[i] = pow(10, Float(i % 4) - 3) * (2 * (x[i] - 1) + 0.3 * g[i]) }
          }
        }
        adam.step(p, gradients, rate: 1e-2 * Float(600 - step) / 600, clip: 0)
      }
      return loss() / start
    }
    let (floats, bytes) = (descent(.f32), descent(.eightBit))
    #expect(floats < 1e-2 && bytes < 2 * floats, "\(bytes) where floats leave \(floats)")
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
