import Files
import Foundation
import Frames
import Measures
import Media
import TestKit
import Testing

/// Held against scikit-image, piq, OpenCV and scipy: their values of pictures made from integers, frozen by
/// Tests/Interop/oracle_image.py.
@Suite struct ImageOracleTests {
  let expected: Value
  init() throws { expected = try Fixture.json("image-oracle/expected.json") }

  func number(_ name: String) throws -> Double { try #require(expected[name]?.double) }

  /// The same lines as the script's `picture`.
  func picture(_ width: Int, _ height: Int, _ seed: Int, t: Int = 0, amplitude: Int = 8) -> [UInt8] {
    func tri(_ k: Int, _ p: Int) -> Int { abs(k % (2 * p) - p) * 255 / p }
    var out: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for c in 0..<3 {
          let base = (tri(3 * x + 7 * t + 11 * c, 64) + tri(5 * y + 3 * c * seed, 48)) / 2
          let key = x * 73_856_093 ^ y * 19_349_663 ^ (t * 83_492_791 + c * 2_654_435 + seed * 977)
          let noise = (((key & 0xFFFF_FFFF) &* 2_654_435_761 & 0xFFFF_FFFF) >> 26) - 32
          let speckle = Int((Double(noise * amplitude) / 16).rounded(.down))
          out.append(UInt8(min(max(base + speckle, 0), 255)))
        }
      }
    }
    return out
  }

  func clip(_ width: Int, _ height: Int, _ seed: Int, amplitude: Int = 8) -> Frames {
    Frames(
      count: 1, height: height, width: width, pixels: picture(width, height, seed, amplitude: amplitude),
      fps: FrameRate(10))
  }

  func features(_ rows: Int, _ columns: Int, _ seed: Int) throws -> FeatureMatrix {
    var values: [Double] = []
    for i in 0..<rows {
      for j in 0..<columns {
        let key = (i * 73_856_093 ^ j * 19_349_663 ^ seed * 83_492_791) & 0xFFFF_FFFF
        let unit = Double((key &* 2_654_435_761 & 0xFFFF_FFFF) >> 8) / Double(1 << 23) - 1
        values.append(unit + 0.25 * Double(j % 3) * Double(seed % 2))
      }
    }
    return try FeatureMatrix(rows: rows, columns: columns, values: values, at: "oracle")
  }

  @Test func pictures() throws {
    let small = Evidence(clip(53, 41, 1), reference: clip(53, 41, 2, amplitude: 20)),
      large = Evidence(clip(192, 176, 1), reference: clip(192, 176, 2, amplitude: 20))
    let wanted = [
      (SSIM.estimate(small), try number("ssim"), 1e-5), (PSNR.estimate(small), try number("psnr"), 1e-6),
      (SSIM.estimate(large), try number("ssim_large"), 1e-5), (MSSSIM.estimate(large), try number("ms_ssim"), 1e-5),
    ]
    for (ours, theirs, tolerance) in wanted {
      #expect(abs(ours.value - theirs) < tolerance, "\(ours.protocol.metric): \(ours.value) \(theirs)")
    }
  }

  @Test func hogAndColour() throws {
    let a = HOGColour(picture(64, 64, 3).map(Float.init)),
      b = HOGColour(picture(64, 64, 4, amplitude: 30).map(Float.init))
    #expect(abs(a.similarity(to: b) - (try number("hog_colour_cosine"))) < 1e-5)
    #expect(try largestDifference(a.values.prefix(9), expected.numbers("hog_colour_first")) < 1e-5)
    #expect(try largestDifference(a.values.suffix(64), expected.numbers("hog_colour_last")) < 1e-5)
  }

  @Test func motionMasks() throws {
    var mask = MotionMask(width: 70, height: 50), found: [[Int]] = []
    for t in 0..<6 {
      let on = mask.next(picture(70, 50, 5, t: t, amplitude: 2)).enumerated().filter(\.element).map(\.offset)
      found.append([on.count, on.reduce(0, +)])
    }
    let theirs = try expected.items("motion_masks").map { try $0.numbers().map { Int($0) } }
    #expect(found == theirs && found.contains { $0[0] > 100 })
  }

  @Test func distributions() throws {
    let x = try features(60, 7, 1), y = try features(50, 7, 2)
    let values = [
      ("frechet", try FrechetDistance.value(x, y)),
      ("frechet_singular", try FrechetDistance.value(features(9, 24, 3), features(11, 24, 4))),
      ("kid", KernelDistance.kid.value(x, y)), ("jedi_mmd", KernelDistance.jedi.value(x, y)),
      ("cmmd", KernelDistance.cmmd.value(x, y)), ("energy_distance", EnergyDistance.value(x, y)),
    ]
    for (name, ours) in values {
      let theirs = try number(name)
      #expect(abs(ours - theirs) < 1e-6 * max(1, abs(theirs)), "\(name): \(ours) \(theirs)")
    }
  }

  /// What it was by a Householder and QL solver of our own, before LAPACK; and what numpy's singular values make of it:
  /// tr(Σ₁Σ₂)^½ is the sum of those of X Yᵀ, both centred, over √((n − 1)(m − 1)). The last two have singular
  /// covariances, through which that trace is known to 1e-7 only.
  @Test func frechetKeepsItsValue() throws {
    let cases: [(n: Int, m: Int, d: Int, seed: Int, before: Double, numpy: Double, tolerance: Double)] = [
      (60, 50, 7, 1, 0.6108340076261767, 0.610834007626174, 1e-9),
      (300, 280, 12, 1, 1.328777495650801, 1.328777495650785, 1e-9),
      (1000, 900, 64, 1, 7.422965497935444, 7.422965497935351, 1e-9),
      (9, 11, 24, 3, 11.874158104178251, 11.874158290599269, 1e-7),
      (40, 50, 200, 5, 105.00894328742307, 105.00894661860346, 1e-7),
    ]
    for c in cases {
      let value = try FrechetDistance.value(features(c.n, c.d, c.seed), features(c.m, c.d, c.seed + 1))
      for expected in [c.before, c.numpy] {
        #expect(abs(value - expected) < c.tolerance * expected, "\(value), not \(expected)")
      }
    }
  }
}
