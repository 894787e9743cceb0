import Measures
import Media
import Testing

@Suite struct FlickerTests {
  /// METRICS §8.
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
    #expect(VBenchTemporalFlickering.estimate(Evidence(still)).value == 1 && LumaFlickerD2.estimate(Evidence(still)).value == 0)
  }

  @Test func oneClipHasNoInterval() {
    let estimate = LumaFlickerD2.estimate(Evidence(flat([1, 2, 4])))
    #expect(estimate.n == 1 && estimate.low == nil && estimate.high == nil)
    #expect(estimate.protocol.description == "luma_flicker_d2/1 resolution=8x8 fps=10/1 frames=3")
    #expect(VBenchTemporalFlickering.estimate(Evidence(flat([1, 2]))).note.contains("motion counts as flicker"))
  }

  @Test func tooShortClipsSayWhy() {
    let one = flat([5])
    for estimate in [LumaFlickerD2.estimate(Evidence(one)), VBenchTemporalFlickering.estimate(Evidence(one))] {
      #expect(!estimate.isApplicable && estimate.note.contains("has 1") && estimate.text == "n/a" && estimate.json["value"] == .null)
    }
    let mixed = LumaFlickerD2.summary([one, flat([1, 2, 4]), flat([1, 2, 5])].map { LumaFlickerD2.measure(Evidence($0)) }, protocol: .init(LumaFlickerD2.name))
    #expect(mixed.n == 2 && mixed.low != nil && mixed.note.contains("clip 1 left out"))
  }
}
