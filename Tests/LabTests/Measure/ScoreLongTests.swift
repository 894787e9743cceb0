import Bench
import Files
import Foundation
import Frames
import Measures
import Media
import Score
import TestKit
import Testing

/// A dataset's clip too long to be held is scored in segments, as a long video is.
@Suite struct ScoreLongTests {
  @Test func longClipsOfADatasetComeInSegments() throws {
    let scratch = try Scratch()
    func write(_ name: String, _ levels: [UInt8]) throws -> String {
      let writer = try DatasetWriter(path: scratch(name), height: 16, width: 16, fps: FrameRate(10))
      let pixels = levels.flatMap { [UInt8](repeating: $0, count: 16 * 16 * 3) }
      try writer.append(
        id: "one", frames: Frames(count: levels.count, height: 16, width: 16, pixels: pixels, fps: FrameRate(10)),
        split: .train)
      try writer.finish()
      return scratch(name)
    }
    // Five frames that alternate by ±8, then five still ones, then two: too few for a second difference.
    let levels: [UInt8] = [100, 116, 100, 116, 100] + [100, 100, 100, 100, 100] + [100, 100]
    let path = try write("long.h5", levels), short = try write("short.h5", Array(levels.dropLast(3)))
    var score = try Score(["luma_flicker_d2"])
    let whole = score.item(path)
    #expect(whole.estimates.map(\.note) == [""])
    score.segmentBytes = 5 * 16 * 16 * 3
    let item = score.item(path), estimate = try #require(item.estimates.first)
    #expect(item.problem == nil && abs(estimate.value - 4) < 1e-9, "\(item)")
    #expect(
      estimate.note == "scored in segments of up to 5 frames, averaged by length; 1 of 3 left out: not applicable")
    // A reference that ends early is noticed in the segments it does not fill.
    var paired = try Score(["psnr"], reference: short)
    paired.segmentBytes = score.segmentBytes
    let held = try #require(paired.item(path).estimates.first)
    #expect(held.value == 100 && held.note.contains("2 of 3 left out"), "\(held)")
  }
}
