import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite(.serialized) struct VideoTests {
  @Test(arguments: [FrameRate(24), FrameRate(30000, 1001), FrameRate(25)]) func roundTrip(fps: FrameRate) throws {
    let scratch = try Scratch()
    let clip = movingDisc(23, fps: fps)
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(crf: 6))
    #expect(try scratch.names == ["a.mp4"])
    let back = try VideoReader.read(scratch("a.mp4"))
    #expect(back.count == 23 && back.width == 64 && back.height == 48 && back.fps == fps)
    #expect(psnr(back, clip) > 35, "\(psnr(back, clip)) dB")
    let reader = try VideoReader(path: scratch("a.mp4"))
    while try reader.next() != nil {}
    #expect(
      reader.report.decoded == 23 && reader.report.delivered == 23 && reader.report.dropped == 0
        && reader.report.duplicated == 0)
    #expect(reader.report.notes.isEmpty)
  }

  @Test func coloursAreTaggedAndKept() throws {
    let scratch = try Scratch()
    var flat = movingDisc(4, height: 32, width: 32)
    for i in 0..<flat.pixels.count { flat.pixels[i] = [200, 40, 90][i % 3] }
    for name in ["a.mp4", "a.mov", "a.mkv"] {
      try VideoWriter.write(flat, to: scratch(name))
      let info = try VideoReader(path: scratch(name)).info
      #expect(
        info.primaries == "bt709" && info.transfer == "bt709" && info.matrix == "bt709" && info.range == "tv",
        "\(name): \(info)")
      #expect(info.codec == "h264" && info.pixelFormat == "yuv420p")
      let back = try VideoReader.read(scratch(name))
      for c in 0..<3 {
        #expect(abs(Int(back.pixels[c]) - Int(flat.pixels[c])) <= 3, "\(name) channel \(c): \(back.pixels[c])")
      }
    }
    // The index stands before the pictures, so that a browser can start at once.
    let bytes = try Disk.read(scratch("a.mp4"))
    let moov = try #require(bytes.range(of: Data("moov".utf8))), mdat = try #require(bytes.range(of: Data("mdat".utf8)))
    #expect(moov.lowerBound < mdat.lowerBound && bytes.range(of: Data("colrnclx".utf8)) != nil)
  }

  @Test func scaleAndOddSides() throws {
    let scratch = try Scratch()
    let clip = movingDisc(3, height: 15, width: 21)
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(crf: 4, scale: 5))
    let big = try VideoReader.read(scratch("a.mp4"))
    #expect(big.width == 106 && big.height == 76)
    let small = try VideoReader.read(
      scratch("a.mp4"), size: (21, 15), crop: .rectangle(x: 0, y: 0, width: 105, height: 75))
    #expect(psnr(small, clip) > 30, "\(psnr(small, clip)) dB")
    try VideoWriter.write(clip, to: scratch("b.mp4"))
    #expect(try VideoReader(path: scratch("b.mp4")).info.width == 22)
  }

  @Test func retiming() throws {
    let scratch = try Scratch()
    let clip = movingDisc(24, fps: FrameRate(24))
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(crf: 4))
    for (rate, count, dropped, repeated) in [
      (FrameRate(12), 12, 12, 0), (FrameRate(8), 8, 16, 0), (FrameRate(48), 48, 0, 24), (FrameRate(30), 30, 0, 6),
    ] {
      let reader = try VideoReader(path: scratch("a.mp4"), fps: rate)
      var frames: [[UInt8]] = []
      while let frame = try reader.next() { frames.append(frame) }
      #expect(
        frames.count == count && reader.report.dropped == dropped && reader.report.duplicated == repeated,
        "\(rate): \(reader.report)")
      // Every second or third source frame, not some neighbour of it.
      if rate == FrameRate(12) {
        let kept = Frames(count: 12, height: 48, width: 64, pixels: frames.flatMap { $0 }, fps: rate)
        let wanted = Frames(
          count: 12, height: 48, width: 64, pixels: (0..<12).flatMap { clip[2 * $0..<2 * $0 + 1].pixels }, fps: rate)
        #expect(psnr(kept, wanted) > 35)
      }
    }
  }

  @Test func decodedPlanesSurviveRemuxing() throws {
    let scratch = try Scratch()
    let clip = movingDisc(9)
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(threads: 1))
    try VideoWriter.write(clip, to: scratch("a.mkv"), options: .init(threads: 1))
    try VideoWriter.write(clip, to: scratch("b.mp4"), options: .init(threads: 1))
    try VideoWriter.write(movingDisc(9, seed: 3), to: scratch("c.mp4"))
    let hash = try VideoReader.planesSHA256(path: scratch("a.mp4"))
    #expect(try VideoReader.planesSHA256(path: scratch("a.mkv")) == hash)
    #expect(
      try VideoReader(path: scratch("a.mp4"), size: (16, 16), fps: FrameRate(5), hashing: true).planesSHA256() == hash)
    #expect(try VideoReader.planesSHA256(path: scratch("c.mp4")) != hash)
    #expect(try Disk.read(scratch("a.mp4")) == Disk.read(scratch("b.mp4")))
  }

  @Test func badVideos() throws {
    let scratch = try Scratch()
    try Disk.write("", to: scratch("empty.mp4"))
    try Disk.write("plain text, long enough to be looked at twice", to: scratch("text.mp4"))
    try VideoWriter.write(movingDisc(24), to: scratch("a.mp4"))
    let whole = try Disk.read(scratch("a.mp4"))
    try Disk.write(whole.prefix(300), to: scratch("headless.mp4"))
    for name in ["none.mp4", "", "empty.mp4", "text.mp4", "headless.mp4"] {
      let it = problem { _ = try VideoReader.read(scratch(name)) }
      #expect(it.place == scratch(name), "\(it)")
    }
    try Disk.write(whole.prefix(whole.count - 300), to: scratch("short.mp4"))
    let reader = try VideoReader(path: scratch("short.mp4"))
    while try reader.next() != nil {}
    #expect(reader.report.decoded < 24 && !reader.report.notes.isEmpty, "\(reader.report)")
    #expect(throws: Problem.self) {
      try VideoReader(path: scratch("a.mp4"), crop: .rectangle(x: 60, y: 0, width: 10, height: 10))
    }
    #expect(throws: Problem.self) { try VideoReader.read("concat:" + scratch("a.mp4")) }
    #expect(throws: Problem.self) { try VideoWriter.write(movingDisc(1), to: scratch("a.gif")) }
    #expect(throws: Problem.self) { try VideoWriter.write(movingDisc(1), to: "/proc/orrery/a.mp4") }
    #expect(throws: Problem.self) { try VideoWriter.write(movingDisc(1), to: scratch.path + "/folder.mp4/") }
    do {
      let unfinished = try VideoWriter(path: scratch("u.mp4"), width: 64, height: 48, fps: FrameRate(24));
      try unfinished.append(movingDisc(2))
    }
    #expect(try !scratch.names.contains { $0.contains("u.mp4") })
  }
}
