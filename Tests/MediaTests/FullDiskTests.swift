import Files
import Foundation
import Frames
import Media
import Testing

/// A disk of 96 KiB, where the system lets us make one (as root); libhdf5 alone crashes on it.
private final class TinyDisk {
  let scratch: Scratch
  let mounted: Bool

  init() throws {
    scratch = try Scratch()
    mounted = Self.run("mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", scratch.path)
  }

  deinit { if mounted { _ = Self.run("umount", scratch.path) } }

  private static func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

@Suite(.serialized) struct FullDiskTests {
  private func noise(_ count: Int) -> Frames {
    var state: UInt64 = 1
    let pixels = (0..<count * 64 * 64 * 3).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    return Frames(count: count, height: 64, width: 64, pixels: pixels, fps: FrameRate(24))
  }

  /// Whether pixels, the clip table or the closing itself runs out of room, one clear message and no file is left.
  @Test func nothingIsLeftBehind() throws {
    let disk = try TinyDisk()
    guard disk.mounted else { return }
    let frames = noise(12)
    func attempt(_ body: () throws -> Void) throws {
      let it = try problem(body)
      #expect(it.what.contains("No space left") && it.fix?.contains("free some space") == true, "\(it)")
      #expect(disk.scratch.names.isEmpty)
    }
    for pad in stride(from: 0, through: 24, by: 2) {
      func write() throws {
        let writer = try DatasetWriter(
          path: disk.scratch("a.h5"), height: 64, width: 64, fps: FrameRate(24),
          attributes: ["pad": String(repeating: "x", count: pad * 1000)])
        try writer.append(id: "a", frames: frames[0..<5], split: .train)
        try writer.append(
          id: "b", frames: frames[0..<(pad < 12 ? 2 : 7)], split: .train, caption: String(repeating: "c", count: 30_000)
        )
        try writer.finish()
      }
      try attempt(write)
    }
    try attempt { try VideoWriter.write(noise(40), to: disk.scratch("a.mp4"), options: .init(crf: 0)) }
    try attempt {
      try PNG.write(
        Frames(count: 1, height: 64 * 3, width: 64 * 4, pixels: frames.pixels, fps: FrameRate(1)),
        to: disk.scratch("a.png"))
    }
  }
}
