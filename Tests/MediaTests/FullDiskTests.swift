import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite(.serialized) struct FullDiskTests {
  private func noise(_ count: Int) -> Frames {
    var state: UInt64 = 1
    let pixels = (0..<count * 64 * 64 * 3).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    return Frames(count: count, height: 64, width: 64, pixels: pixels, fps: FrameRate(24))
  }

  /// Whether pixels, the clip table or the closing itself runs out of room, one clear message and no file is left;
  /// libhdf5 alone crashes.
  @Test(.mounting) func nothingIsLeftBehind() throws {
    let scratch = try Scratch(), disk = try Mount(scratch("disk"), "size=96k")
    let frames = noise(12)
    func attempt(_ body: () throws -> Void) throws {
      let it = problem(body)
      #expect(it.what.contains("No space left") && it.fix?.contains("free some space") == true, "\(it)")
      #expect(try disk.names.isEmpty)
    }
    for pad in stride(from: 0, through: 24, by: 2) {
      func write() throws {
        let writer = try DatasetWriter(
          path: disk("a.h5"), height: 64, width: 64, fps: FrameRate(24),
          attributes: ["pad": String(repeating: "x", count: pad * 1000)])
        try writer.append(id: "a", frames: frames[0..<5], split: .train)
        try writer.append(
          id: "b", frames: frames[0..<(pad < 12 ? 2 : 7)], split: .train, caption: String(repeating: "c", count: 30_000)
        )
        try writer.finish()
      }
      try attempt(write)
    }
    try attempt { try VideoWriter.write(noise(40), to: disk("a.mp4"), options: .init(crf: 0)) }
    try attempt {
      try PNG.write(
        Frames(count: 1, height: 64 * 3, width: 64 * 4, pixels: frames.pixels, fps: FrameRate(1)), to: disk("a.png"))
    }
  }
}
