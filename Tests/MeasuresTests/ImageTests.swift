import Foundation
import Frames
import Measures
import Testing

/// A clip of noise around a slope: structure at every scale.
func noisy(_ count: Int, width: Int, height: Int, seed: UInt64, amplitude: Double = 60) -> Frames {
  var random = TestRandom(state: seed), pixels: [UInt8] = []
  for t in 0..<count {
    for y in 0..<height {
      for x in 0..<width {
        let wave = 60 * sin(Double(x + 2 * t) / 9) + 40 * cos(Double(y) / 7)
        for _ in 0..<3 { pixels.append(UInt8(min(max(128 + wave + amplitude * (random.unit() - 0.5), 0), 255))) }
      }
    }
  }
  return Frames(count: count, height: height, width: width, pixels: pixels, fps: FrameRate(10))
}

@Suite struct ImageTests {
  func value(_ metric: any ClipMetric.Type, _ clip: Frames, _ reference: Frames?) -> Double {
    metric.estimate(Evidence(clip, reference: reference)).value
  }

  /// Values worked by hand.
  @Test func vectors() {
    let a = flat([100, 100], size: 16), b = flat([110, 110], size: 16)
    #expect(abs(value(SSIM.self, a, b) - 0.995476444) < 2e-6)
    #expect(abs(value(PSNR.self, a, b) - 28.130804) < 1e-6)
    // A constant image has no structure to lose: every scale's contrast factor is 1, and the last scale's luminance is
    // SSIM's.
    #expect(abs(value(MSSSIM.self, flat([100], size: 161), flat([110], size: 161)) - pow(0.995476444, 0.1333)) < 2e-6)
  }

  @Test func identityIsExact() {
    let clip = noisy(2, width: 165, height: 163, seed: 1)
    #expect(
      value(SSIM.self, clip, clip) == 1 && value(MSSSIM.self, clip, clip) == 1 && value(PSNR.self, clip, clip) == 100
        && value(TemporalDSSIM.self, clip, clip) == 0)
    #expect(PSNR.estimate(Evidence(clip, reference: clip)).note.contains("2 of 2"))
  }

  @Test func symmetricInItsArguments() {
    let a = noisy(1, width: 40, height: 30, seed: 1), b = noisy(1, width: 40, height: 30, seed: 2)
    #expect(value(SSIM.self, a, b) == value(SSIM.self, b, a) && value(PSNR.self, a, b) == value(PSNR.self, b, a))
    #expect(value(SSIM.self, a, b) < 1)
  }

  /// The definition, window by window in Double, without any of the separations and shifts that make it fast.
  @Test(arguments: [(11, 11), (12, 29), (37, 15)]) func againstTheDefinition(_ width: Int, _ height: Int) throws {
    let a = LumaPlane(noisy(1, width: width, height: height, seed: 3), 0),
      b = LumaPlane(noisy(1, width: width, height: height, seed: 4, amplitude: 150), 0)
    var map: [Double] = []
    let raw = (-5...5).map { exp(-Double($0 * $0) / 4.5) }, total = raw.reduce(0, +)
    for y in 0...height - 11 {
      for x in 0...width - 11 {
        var m = [Double](repeating: 0, count: 5)
        for i in 0..<11 {
          for j in 0..<11 {
            let w = raw[i] * raw[j] / total / total, u = Double(a.values[(y + i) * width + x + j]),
              v = Double(b.values[(y + i) * width + x + j])
            for (k, term) in [u, v, u * u, v * v, u * v].enumerated() { m[k] += w * term }
          }
        }
        let va = m[2] - m[0] * m[0], vb = m[3] - m[1] * m[1], cov = m[4] - m[0] * m[1], c1 = 6.5025, c2 = 58.5225
        map.append((2 * m[0] * m[1] + c1) * (2 * cov + c2) / ((m[0] * m[0] + m[1] * m[1] + c1) * (va + vb + c2)))
      }
    }
    #expect(abs(try #require(SSIM.mean(a, b)) - map.reduce(0, +) / Double(map.count)) < 1e-6)
    // With a mask, the windows that lie wholly in it and no others.
    let mask = (0..<width * height).map { $0 % width > 0 }
    let windows = width - 10
    let kept = map.enumerated().filter { $0.offset % windows > 0 }.map(\.element)
    if kept.isEmpty {
      #expect(SSIM.mean(a, b, mask: mask) == nil)
    } else {
      #expect(abs(try #require(SSIM.mean(a, b, mask: mask)) - kept.reduce(0, +) / Double(kept.count)) < 1e-6)
    }
    #expect(SSIM.mean(a, b, mask: Array(repeating: true, count: width * height)) == SSIM.mean(a, b))
    #expect(SSIM.mean(a, b, mask: Array(repeating: false, count: width * height)) == nil)
  }

  @Test func pixelsOutsideTheMaskDoNotCount() throws {
    let a = LumaPlane(noisy(1, width: 48, height: 40, seed: 5), 0)
    var b = a
    for y in 0..<10 { for x in 0..<48 { b.values[y * 48 + x] = 255 - b.values[y * 48 + x] } }
    let mask = (0..<48 * 40).map { $0 / 48 >= 10 }
    let whole = try #require(SSIM.mean(a, b))
    #expect(SSIM.mean(a, b, mask: mask) == 1 && whole < 0.9)
  }

  @Test func whatCannotBeMeasuredSaysWhy() {
    let small = flat([1, 2], size: 8), clip = flat([1, 2], size: 160)
    for metric in [PSNR.self, SSIM.self, MSSSIM.self, TemporalDSSIM.self] as [any ClipMetric.Type] {
      #expect(metric.estimate(Evidence(clip)).note == "no reference clip was given")
      #expect(metric.estimate(Evidence(clip, reference: flat([1, 2, 3], size: 160))).note.contains("3"))
      #expect(metric.estimate(Evidence(clip, reference: small)).note.contains("8x8"))
    }
    #expect(MSSSIM.estimate(Evidence(clip, reference: clip)).note.contains("161"))
    #expect(SSIM.estimate(Evidence(small, reference: small)).note.contains("11"))
    #expect(
      TemporalDSSIM.estimate(Evidence(flat([1], size: 16), reference: flat([1], size: 16))).note.contains("2 frames"))
    #expect(PSNR.estimate(Evidence(small, reference: small)).value == 100)
  }

  /// A frozen clip held against a moving one is too steady; a flickering one too restless.
  @Test func temporalDSSIMSeesBothFaults() {
    let moving = noisy(4, width: 32, height: 32, seed: 6), still = Controls.frozen(moving, conditioning: 1)
    #expect(
      value(TemporalDSSIM.self, still, moving) > 1
        && value(TemporalDSSIM.self, moving, still) == value(TemporalDSSIM.self, still, moving))
  }
}
