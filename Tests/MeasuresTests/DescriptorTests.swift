import Foundation
import Frames
import Measures
import Testing

@Suite struct DescriptorTests {
  /// A texture that moves by (dx, dy) a frame.
  func moving(_ dx: Double, _ dy: Double, flicker: Double = 0) -> Frames {
    var pixels: [UInt8] = []
    for t in 0..<16 {
      for y in 0..<48 {
        for x in 0..<48 {
          let u = Double(x) - dx * Double(t), v = Double(y) - dy * Double(t)
          let level = 128 + 50 * sin(u / 3) * cos(v / 4) + 20 * sin((u + v) / 5) + (t % 2 == 0 ? flicker : -flicker)
          for _ in 0..<3 { pixels.append(UInt8(min(max(level, 0), 255))) }
        }
      }
    }
    return Frames(count: 16, height: 48, width: 48, pixels: pixels, fps: FrameRate(10))
  }

  func describe(_ frames: Frames) throws -> [Double] {
    try #require(SpaceTimeDescriptor.make(frames).descriptor).values
  }

  /// Motion to the right fills direction 0 of every quarter, motion down direction 2; a still clip none.
  @Test func directions() throws {
    for (dx, dy, direction) in [(1.0, 0.0, 0), (0, 1, 2), (-1, 0, 4), (0, -1, 6)] {
      let values = try describe(moving(dx, dy))
      for quarter in 0..<4 {
        let part = values[8 * quarter..<8 * quarter + 8], most = part.max()!
        // A pixel a frame at ten a second is 10/48 of the side: 20.8 hundredths.
        #expect(part[8 * quarter + direction] == most && most > 12 && most < 26, "\(Array(part))")
      }
    }
    #expect(try describe(moving(0, 0)).prefix(32).allSatisfy { $0 < 0.5 })
  }

  /// Flicker at half the frame rate lands in the last band alone.
  @Test func bands() throws {
    let still = try describe(moving(0, 0)), flickering = try describe(moving(0, 0, flicker: 10))
    for quarter in 0..<4 {
      #expect(flickering[32 + 8 * quarter + 7] > 1.5 && still[32 + 8 * quarter + 7] < 0.1)
      #expect(flickering[32 + 8 * quarter + 1] < 0.2)
      // The highest frequency stands for itself alone: of ±10 under a Hann window two thirds of the power are there, a
      // third one below.
      #expect(
        abs(flickering[32 + 8 * quarter + 7] - log(1 + 10 * (2.0 / 3).squareRoot())) < 0.01,
        "\(flickering[32 + 8 * quarter + 7])")
    }
  }

  @Test func tooShortOrSmall() {
    #expect(SpaceTimeDescriptor.make(flat([1, 2, 3])).obstacle.contains("16 frames"))
    #expect(SpaceTimeDescriptor.make(flat([UInt8](repeating: 9, count: 16), size: 4)).obstacle.contains("sides"))
  }

  /// Zero between a set and itself; more the more other the motion.
  @Test func distanceOfSets() throws {
    func set(_ speed: Double) throws -> FeatureMatrix {
      let rows = try (0..<6).map { try describe(moving(speed + 0.05 * Double($0), 0.02 * Double($0 * $0))) }
      return try FeatureMatrix(rows: 6, columns: SpaceTimeDescriptor.count, values: rows.flatMap { $0 }, at: "test")
    }
    let slow = try set(0.3)
    let values = try [slow, try set(0.5), try set(1.2)].map { try DistributionDistances.standardised(slow, $0).value }
    #expect(values[0] < 1e-6 && values[0] < values[1] && values[1] < values[2], "\(values)")
    let same = try DistributionDistances.standardised(slow, slow)
    #expect(same.note.contains("small n") && same.protocol.version == 2)
  }
}
