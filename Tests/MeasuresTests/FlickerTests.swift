import Files
import Frames
import Measures
import Testing

@Suite struct FlickerTests {
  /// Values worked by hand.
  @Test func vectors() {
    #expect(abs(VBenchTemporalFlickering.estimate(Evidence(flat([100, 110, 100, 120]))).value - 0.9477124183) < 1e-9)
    #expect(abs(LumaFlickerD2.estimate(Evidence(flat([100, 110, 100, 110, 100, 110]))).value - 5) < 1e-12)
  }

  @Test func lumaFlickerIgnoresFadesAndEqualsTheAmplitude() {
    #expect(LumaFlickerD2.estimate(Evidence(flat([10, 30, 50, 70, 90]))).value < 1e-12)
    for amplitude in 1...40 {
      let levels = (0..<9).map { UInt8(100 + ($0 % 2 == 0 ? amplitude : -amplitude)) }
      #expect(abs(LumaFlickerD2.estimate(Evidence(flat(levels))).value - Double(amplitude)) < 1e-9)
    }
  }

  @Test func lumaWeighsTheChannels() {
    var clip = flat([0, 0, 0], size: 2)
    for p in 0..<4 { clip.pixels[12 + 3 * p + 1] = 100 }  // green in the middle frame alone
    #expect(abs(LumaFlickerD2.estimate(Evidence(clip)).value - 0.587 * 100 * 2 / 4) < 1e-9)
  }

  @Test func aFrozenClipWinsBoth() {
    let still = flat([77, 77, 77, 77])
    #expect(
      VBenchTemporalFlickering.estimate(Evidence(still)).value == 1
        && LumaFlickerD2.estimate(Evidence(still)).value == 0)
  }

  @Test func oneClipHasNoInterval() {
    let estimate = LumaFlickerD2.estimate(Evidence(flat([1, 2, 4])))
    #expect(estimate.n == 1 && estimate.low == nil && estimate.high == nil)
    #expect(estimate.protocol.description == "luma_flicker_d2/1 resolution=8x8 fps=10/1 frames=3")
    #expect(VBenchTemporalFlickering.estimate(Evidence(flat([1, 2]))).note.contains("static gate not run"))
  }

  @Test func tooShortClipsSayWhy() {
    let one = flat([5])
    for estimate in [LumaFlickerD2.estimate(Evidence(one)), VBenchTemporalFlickering.estimate(Evidence(one))] {
      #expect(
        !estimate.isApplicable && estimate.note.contains("has 1") && estimate.text == "n/a"
          && estimate.json["value"] == .null)
    }
    let mixed = LumaFlickerD2.summary(
      [one, flat([1, 2, 4]), flat([1, 2, 5])].map { LumaFlickerD2.measure(Evidence($0)) },
      protocol: .init(LumaFlickerD2.name))
    #expect(mixed.n == 2 && mixed.low != nil && mixed.note.contains("clip 1 left out"))
  }

  /// The fast sum against the plain one, at lengths that are no multiple of 16.
  @Test func frameDifferencesAreExact() {
    var random = TestRandom(state: 3)
    for (count, height, width) in [(2, 1, 1), (3, 5, 7), (5, 33, 41), (4, 64, 64)] {
      let pixels = (0..<count * height * width * 3).map { _ in UInt8(min(random.unit(), 1) * 255) },
        size = height * width * 3
      let clip = Frames(count: count, height: height, width: width, pixels: pixels, fps: FrameRate(10))
      let total = (0..<(count - 1) * size).reduce(0) { $0 + abs(Int(pixels[$1]) - Int(pixels[$1 + size])) }
      #expect(VBenchTemporalFlickering.value(clip) == (255 - Double(total) / Double((count - 1) * size)) / 255)
    }
    let worst = flat([0, 255, 0, 255], size: 80)  // the largest 16-bit sums there can be
    #expect(VBenchTemporalFlickering.value(worst) == 0)
  }

  /// METRICS: an alternation by ±A has A at high frequency, whole picture or a corner of it; a fade has none.
  @Test func spectralFlicker() {
    for amplitude in [1, 4, 8, 20] {
      let levels = (0..<16).map { UInt8(100 + ($0 % 2 == 0 ? amplitude : -amplitude)) },
        evidence = Evidence(flat(levels, size: 40))
      #expect(abs(FlickerHighFrequencyRMS.estimate(evidence).value - Double(amplitude)) < 0.02 * Double(amplitude))
      #expect(FlickerHighFrequencyRatio.estimate(evidence).value > 0.99)
    }
    let fade = Evidence(flat((0..<16).map { UInt8(60 + 5 * $0) }, size: 40))
    #expect(FlickerHighFrequencyRMS.estimate(fade).value < 1e-3)
    #expect(FlickerHighFrequencyRatio.estimate(fade).note.hasPrefix("none"))
    let slow = Evidence(flat([100, 103, 106, 108, 109, 108, 106, 103, 100, 97, 94, 92, 91, 92, 94, 97], size: 40))
    #expect(FlickerHighFrequencyRatio.estimate(slow).value < 0.05)
    #expect(!FlickerHighFrequencyRMS.estimate(Evidence(flat([1, 2, 3], size: 40))).isApplicable)
  }

  /// 40 frames are two windows of 20, and a pan does not run out of picture.
  @Test func spectralFlickerFollowsThePan() throws {
    var scene = MovingTexture(width: 96, height: 96)
    scene.pan = SIMD2(1.5, 0)
    let clean = scene.frames(40), flickering = try Corruption.flicker.apply(to: clean, strength: 8)
    let a = FlickerHighFrequencyRMS.estimate(Evidence(clean)).value,
      b = FlickerHighFrequencyRMS.estimate(Evidence(flickering)).value
    #expect(a < 0.5 && abs(b - 8) < 0.3, "\(a) clean, \(b) flickering")
  }

  @Test func chromaFlickerSeesColourAlone() {
    #expect(ChromaFlickerD2.estimate(Evidence(flat([100, 140, 100, 140]))).value < 1e-3)  // greys have a* and b* of 0
    var clip = flat([128, 128, 128, 128, 128])
    for t in [1, 3] { for p in 0..<64 { clip.pixels[t * clip.frameBytes + 3 * p] = 160 } }
    let a = LabColour(sRGB: SIMD3(128, 128, 128)), b = LabColour(sRGB: SIMD3(160, 128, 128))
    let half = (((b.a - a.a) * (b.a - a.a) + (b.b - a.b) * (b.b - a.b)).squareRoot()) / 2
    #expect(abs(ChromaFlickerD2.estimate(Evidence(clip)).value - half) < 1e-9)
  }
}
