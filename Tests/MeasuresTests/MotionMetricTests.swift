import Frames
import Measures
import Media
import TestKit
import Testing

/// Laws of the metrics that stand on flow and registration, on scenes whose motion is exact.
@Suite struct MotionMetricTests {
  private static let scene = MovingTexture.named("both", width: 96, height: 96)!
  private static let clip = scene.frames(16), truth = scene.truth(16)
  private static let pan: MovingTexture = {
    var scene = MovingTexture(width: 96, height: 96)
    scene.pan = SIMD2(1.5, 0.5)
    return scene
  }()
  private static let still = MovingTexture(width: 96, height: 96).frames(16)

  private func value<M: ClipMetric>(
    _ metric: M.Type, _ clip: Frames, reference: Frames? = nil, scene: SceneTruth? = nil
  ) -> Double {
    metric.estimate(Evidence(clip, reference: reference, scene: scene)).value
  }

  /// Every metric that says it orders a corruption does: clean best, then worse with strength. On the first of three scenes that it judges:
  /// a disc against a pan, a coloured disc before a resting camera, a picture large enough for five scales.
  @Test func metricsOrderWhatTheyDeclare() throws {
    let disc = DiscScene(), large = try #require(MovingTexture.named("shift", width: 176, height: 176))
    let scenes = [(Self.clip, Self.truth), (disc.frames, disc.truth), (large.frames(4), large.truth(4))]
    for corruption in Corruption.allCases {
      var waiting = ClipMetrics.all.filter { $0.orders.contains(corruption) }
      for (clip, truth) in scenes where !waiting.isEmpty {
        let clips =
          try [clip] + corruption.strengths.map { try corruption.apply(to: clip, strength: $0, scene: truth, seed: 3) }
        let evidence = clips.map { Evidence($0, reference: clip, scene: truth) }
        waiting = waiting.filter { metric in
          let clean = metric.estimate(evidence[0])
          guard clean.isApplicable else { return true }
          let values = [clean.value] + evidence.dropFirst().map { metric.estimate($0).value }
          for (weak, strong) in pairs(values.dropLast(), values.dropFirst()) {
            #expect(
              metric.better == .lower ? strong > weak : strong < weak, "\(metric.name) on \(corruption): \(values)")
          }
          return false
        }
      }
      #expect(waiting.map { $0.name } == [], "no scene here lets them be judged under \(corruption)")
    }
    for metric in ClipMetrics.all { #expect(metric.orders.isDisjoint(with: metric.blindTo), "\(metric.name)") }
  }

  /// Finding 4: blur improves the warping error; the sharpness guard tells.
  @Test func blurFoolsTheWarpingErrorAndTheGuardTells() throws {
    let blurred = try Corruption.blur.apply(to: Self.pan.frames(8), strength: 2), clean = Self.pan.frames(8)
    let a = WarpErrorDIS.estimate(Evidence(clean, reference: clean)),
      b = WarpErrorDIS.estimate(Evidence(blurred, reference: clean))
    #expect(b.value < a.value && a.note.contains("sharpness 1 of") && a.note.contains("coverage"))
    #expect(
      value(SharpnessRatio.self, blurred, reference: clean) < 0.2
        && value(SharpnessRatio.self, clean, reference: clean) == 1)
    #expect(value(WarpErrorExcess.self, clean, reference: clean, scene: Self.pan.truth(8)) == 0)
    #expect(value(WarpErrorExcess.self, blurred, reference: clean, scene: Self.pan.truth(8)) < 0)
  }

  /// Noise shrinks the mask: coverage must be read beside the error.
  @Test func noiseShrinksCoverage() throws {
    let noisy = try Corruption.noise.apply(to: Self.clip, strength: 16)
    #expect(value(WarpCoverage.self, noisy) < value(WarpCoverage.self, Self.clip) - 0.03)
  }

  /// Finding 5: a flicker-free pan has frame differences; the gate says why.
  @Test func theGateTellsMotionFromFlicker() throws {
    let moving = VBenchTemporalFlickering.estimate(Evidence(Self.pan.frames(16))),
      static_ = VBenchTemporalFlickering.estimate(Evidence(Self.still))
    #expect(moving.note == "moving" && static_.note == "static" && static_.value == 1 && moving.value < 0.98)
    let flickering = VBenchTemporalFlickering.estimate(
      Evidence(try Corruption.flicker.apply(to: Self.still, strength: 4)))
    #expect(flickering.note == "static" && flickering.value < 0.98)
    #expect(value(StaticGate.self, Self.still) == 1 && value(StaticGate.self, Self.pan.frames(16)) == 0)
  }

  @Test func dynamicDegreeSamplesEightFramesASecond() {
    var slow = MovingTexture(width: 96, height: 96)
    slow.pan = SIMD2(1, 0)  // under 6·96/256 = 2.25 px a frame, over it every third
    #expect(value(DynamicDegree.self, slow.frames(12, fps: FrameRate(8))) == 0)
    #expect(value(DynamicDegree.self, slow.frames(12, fps: FrameRate(24))) == 1)
    #expect(value(DynamicDegree.self, Self.still) == 0)
  }

  /// Registration takes the pan away, so what is left is damage; blur is none to it.
  @Test func stabilisedFidelity() throws {
    let clean = Self.pan.frames(12)
    let psnr = value(StabilisedPSNR.self, clean),
      flicker = value(StabilisedPSNR.self, try Corruption.flicker.apply(to: clean, strength: 8))
    #expect(psnr > 40, "\(psnr)")
    // ±8 is a step of 16 levels: 24.05 dB.
    #expect(abs(flicker - 24.05) < 0.5, "\(flicker)")
    #expect(value(StabilisedPSNR.self, try Corruption.blur.apply(to: clean, strength: 2)) > psnr)
    #expect(
      value(StabilisedSSIM.self, clean) > 0.97 && value(StabilisedPSNR.self, Self.still) == 100
        && value(StabilisedSSIM.self, Self.still) == 1)
  }

  @Test func backgroundDrift() throws {
    let clean = Self.pan.frames(12)
    #expect(value(BackgroundDriftSSIM.self, clean) > 0.97 && abs(value(BackgroundDriftSlope.self, clean)) < 0.05)
    // A picture that fades to grey drifts further every second.
    var fading = Self.still
    for t in 0..<16 {
      for i in t * fading.frameBytes..<(t + 1) * fading.frameBytes {
        fading.pixels[i] = UInt8(128 + (Double(fading.pixels[i]) - 128) * (1 - Double(t) / 20))
      }
    }
    #expect(
      value(BackgroundDriftSSIM.self, fading) < 0.9 && value(BackgroundDriftSlope.self, fading) < -0.1
        && value(BackgroundDriftL1.self, fading) > 3)
    #expect(value(BackgroundDriftSSIM.self, Self.still) == 1 && value(BackgroundDriftL1.self, Self.still) == 0)
  }

  @Test func midframeResidual() {
    #expect(value(MidframeResidualFlow.self, Self.still) == 1)
    #expect(value(MidframeResidualFlow.self, Self.pan.frames(9)) > 0.985)
    var shuffled = Self.pan.frames(9)
    let size = shuffled.frameBytes, first = Array(shuffled.pixels[..<size])
    shuffled.pixels.replaceSubrange(3 * size..<4 * size, with: first)
    #expect(value(MidframeResidualFlow.self, shuffled) < value(MidframeResidualFlow.self, Self.pan.frames(9)) - 0.005)
  }

  /// Whatever the clip, every metric gives a finite number or says why not.
  @Test func everyClipIsMeasuredOrRefusedInWords() {
    let clips =
      [(1, 1, 1), (2, 1, 1), (3, 2, 9), (1, 64, 64), (2, 16, 16), (8, 8, 8), (9, 11, 16), (9, 33, 40)].map {
        count, height, width in
        var random = TestRandom(state: UInt64(count * 100 + height))
        return Frames(
          count: count, height: height, width: width,
          pixels: (0..<count * height * width * 3).map { _ in UInt8(min(random.unit(), 1) * 255) }, fps: FrameRate(24))
      } + [flat([9, 9, 9, 9, 9, 9, 9, 9, 9], size: 40), flat([0, 255, 0, 255, 0, 255, 0, 255, 0, 255], size: 40)]
    for clip in clips {
      let evidence = Evidence(clip, reference: clip)
      for metric in ClipMetrics.all {
        let estimate = metric.estimate(evidence)
        #expect(
          estimate.isApplicable ? estimate.value.isFinite : !estimate.note.isEmpty,
          "\(metric.name) of \(clip.count) frames of \(clip.width)x\(clip.height)")
      }
    }
  }
}
