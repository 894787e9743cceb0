import Files
import Foundation
import Frames
import Media
import Sandbox
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Video of strangers is decoded in a child: whatever becomes of it there, this process goes on and says what it was.
@Suite(.serialized) struct StrangeVideoTests {
  /// A clip that comes in many batches.
  private func long(_ scratch: Scratch) throws -> String {
    try VideoWriter.write(movingDisc(60, height: 480, width: 640), to: scratch("a.mp4"), options: .init(crf: 30))
    return scratch("a.mp4")
  }

  /// Reads to the end after a signal to the child that decodes, once it has given five frames.
  private func hurt(_ path: String, _ signal: Int32) throws -> Problem {
    let reader = try VideoReader(path: path)
    for _ in 0..<5 { _ = try #require(try reader.next()) }
    kill(try #require(reader.processID), signal)
    return problem { while try reader.next() != nil {} }
  }

  @Test func aDecoderThatDiesIsToldByItsFrame() throws {
    let scratch = try Scratch(), path = try long(scratch), it = try hurt(path, SIGSEGV)
    let frame = try #require(it.what.firstMatch(of: /^this file cannot be read: the decoder died at frame ([0-9]+) \(/))
    #expect((6...60).contains(try #require(Int(frame.1))), "\(it)")
    #expect(it.exit == .failure && it.place == path && it.what.contains(DecodeLimits.option), "\(it)")
    // The next file has a child of its own.
    #expect(try VideoReader.read(path).count == 60)
  }

  @Test func aDecoderThatIsEndedFromOutsideIsNotTheFilesFault() throws {
    let scratch = try Scratch(), it = try hurt(long(scratch), SIGKILL)
    #expect(it.what.contains("ended from outside") && !it.description.contains("damaged"), "\(it)")
  }

  /// The time a file has is all its own, however many frames it is asked for in.
  @Test func aDecoderThatHangsIsGivenUp() throws {
    let scratch = try Scratch(), start = ContinuousClock.now, it = try hurt(long(scratch), SIGSTOP)
    #expect(it.what.contains("had not come further"), "\(it)")
    #expect(ContinuousClock.now - start < .seconds(60))
  }

  @Test func oneChildDecodesManyFiles() throws {
    let scratch = try Scratch()
    try VideoWriter.write(movingDisc(3), to: scratch("a.mp4"))
    let first = try VideoReader.read(scratch("a.mp4")), before = SandboxPool.shared.count
    for _ in 0..<50 {
      #expect(try VideoReader.read(scratch("a.mp4")) == first)
      // And when somebody stops reading in the middle.
      #expect(try VideoReader.read(scratch("a.mp4"), limit: 1) == first[0..<1])
    }
    // Other tests of this process start children too, but not one a file.
    #expect(SandboxPool.shared.count - before < 50)
  }

  @Test func manyThreadsDecode() async throws {
    let scratch = try Scratch()
    try VideoWriter.write(movingDisc(30), to: scratch("a.mp4"))
    let frames = try VideoReader.read(scratch("a.mp4")), path = scratch("a.mp4")
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<40 { group.addTask { try VideoReader.read(path) == frames } }
      for try await same in group { #expect(same) }
    }
  }

  /// A batch begins anew when its memory is full, and a frame may be larger than it.
  @Test func framesOfEverySizeComeWhole() throws {
    let scratch = try Scratch()
    for (height, width, count) in [(16, 16, 300), (1200, 1600, 6), (3000, 4000, 1)] {
      let clip = movingDisc(count, height: height, width: width)
      try VideoWriter.write(clip, to: scratch("\(height).mp4"), options: .init(crf: 1, preset: "ultrafast"))
      let back = try VideoReader.read(scratch("\(height).mp4"))
      #expect(psnr(back, clip) > 25, "\(height): \(psnr(back, clip))")
      let hash = try VideoReader.planesSHA256(path: scratch("\(height).mp4"))
      #expect(
        try VideoReader(path: scratch("\(height).mp4"), size: (8, 8), hashing: true).planesSHA256() == hash,
        "\(height)")
    }
  }

  /// Sides that no film has, and sides that a file of a few bytes has no need of.
  @Test func declaredSizesAreHeldToTheFile() throws {
    let scratch = try Scratch(), small = try [UInt8](PNG.encode(movingDisc(1, height: 16, width: 16)))
    func declaring(_ side: Int) -> [UInt8] {
      var bytes = small
      let body = [24, 16, 8, 0].map { UInt8(side >> $0 & 255) }
      bytes.replaceSubrange(16..<24, with: body + body)
      bytes.replaceSubrange(29..<33, with: Bits.crc32(bytes[12..<29]))
      return bytes
    }
    for side in [30_000, 65_535, 16_384] {
      try Disk.write(Data(declaring(side)), to: scratch("\(side).png"))
      let start = ContinuousClock.now, it = problem { _ = try VideoReader.read(scratch("\(side).png")) }
      #expect(it.exit == .failure && ContinuousClock.now - start < .seconds(30), "\(it)")
    }
    // An mp4's declared sides, in the sample entry and the track's header.
    try VideoWriter.write(movingDisc(2), to: scratch("a.mp4"))
    var film = [UInt8](try Disk.read(scratch("a.mp4")))
    let entry = try #require(film.ranges(of: Array("avc1".utf8)).last).upperBound + 24
    film.replaceSubrange(entry..<entry + 4, with: [0x3F, 0xFF, 0x3F, 0xFF])
    try Disk.write(Data(film), to: scratch("huge.mp4"))
    if let frames = try? VideoReader.read(scratch("huge.mp4")) { #expect((frames.width, frames.height) == (64, 48)) }
  }

  @Test func limitsFollowTheFileAndAreRaised() throws {
    let scratch = try Scratch()
    // A picture of two gigabytes that a file of a few megabytes unpacks to.
    try Disk.write(Data(Bits.emptyPNG(side: 16_000)), to: scratch("a.png"))
    let it = problem { _ = try VideoReader(path: scratch("a.png"), size: (8, 8)).next() }
    #expect(it.what.hasPrefix("this file cannot be read"), "\(it)")
    #expect(it.description.contains("\(DecodeLimits.option) 4") && it.description.contains("of memory"), "\(it)")
    let small = DecodeLimits.usual.decoding(1000, width: 64, height: 48, shared: 0)
    let large = DecodeLimits.usual.decoding(1 << 30, width: 3840, height: 2160, shared: 0)
    #expect(small.memory < large.memory && small.processorSeconds < large.processorSeconds)
    let raised = DecodeLimits(3).decoding(1000, width: 64, height: 48, shared: 0)
    #expect(abs(raised.memory - 3 * small.memory) < 8 && raised.seconds == 3 * small.seconds)
    #expect(raised.processorSeconds >= 3 * small.processorSeconds - 3)
    let opening = (DecodeLimits.usual.opening(1000), DecodeLimits(3).opening(1000))
    #expect(abs(opening.1.memory - 3 * opening.0.memory) < 8)
    for bytes in [0, Int.max] {
      for factor in [0, 1, Int.max] {
        let all = DecodeLimits(factor).decoding(bytes, width: 16_384, height: 16_384, shared: 0)
        #expect(all.memory > 0 && all.processorSeconds > 0 && all.seconds > 0)
      }
    }
  }

  /// An index that names one frame thousands of times: a small file that would be decoded for long.
  @Test func aFileThatDecodesForLongIsGivenUp() throws {
    let scratch = try Scratch()
    let flat = Frames(
      count: 1, height: 1200, width: 1600, pixels: [UInt8](repeating: 90, count: 1200 * 1600 * 3), fps: FrameRate(24))
    try VideoWriter.write(flat, to: scratch("a.mp4"), options: .init(crf: 40, preset: "slow"))
    let film = [UInt8](try Disk.read(scratch("a.mp4")))
    try Disk.write(Data(try RepeatedSample(film, times: 50).bytes), to: scratch("short.mp4"))
    #expect(try VideoReader.planesSHA256(path: scratch("short.mp4")).count == 64)
    try Disk.write(Data(try RepeatedSample(film, times: 16_000).bytes), to: scratch("long.mp4"))
    let start = ContinuousClock.now, it = problem { _ = try VideoReader.planesSHA256(path: scratch("long.mp4")) }
    #expect(it.what.contains("had not come further than at frame"), "\(it)")
    #expect(ContinuousClock.now - start < .seconds(120))
  }

  @Test func aHEIFPictureThatCannotBeReadIsSaidToBeOne() throws {
    let scratch = try Scratch()
    try Disk.write(
      Data([0, 0, 0, 24] + Array("ftypheic".utf8) + [0, 0, 0, 0] + Array("mif1heic".utf8)), to: scratch("a"))
    #expect(problem { _ = try VideoReader(path: scratch("a")) }.what.contains("HEIF"))
  }

  /// H.264's display orientation, where the container says nothing.
  @Test func theCodecsOrientationIsHonoured() throws {
    for (name, orientation) in [
      ("turned.mp4", Orientation(rotation: 270, isMirrored: false)),
      ("mirrored.h264", Orientation(rotation: 90, isMirrored: true)),
    ] {
      let reader = try VideoReader(path: Fixture.path("footage/" + name)), frame = try #require(try reader.next())
      #expect(reader.info.orientation == orientation, "\(name)")
      #expect((reader.width, reader.height) == (64, 96) && frame.count == 64 * 96 * 3, "\(name)")
    }
  }
}

extension Bits {
  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + body
    return big(body.count) + named + crc32(named)
  }

  private static func big(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

  /// A square of nothing in sixteen bits and four channels, packed as one zero and its repetitions (RFC 1951, 3.2.6).
  static func emptyPNG(side: Int) -> [UInt8] {
    let count = side * (side * 8 + 1)
    var packed: [UInt8] = [0x78, 0x01], room: UInt64 = 0, used = 0
    func put(_ bits: UInt64, _ n: Int) {
      room |= bits << UInt64(used)
      used += n
      while used >= 8 {
        packed.append(UInt8(room & 255))
        (room, used) = (room >> 8, used - 8)
      }
    }
    // The last block, of fixed codes; the literal 0, 258 bytes from one back as often as they fit, literals, the end.
    put(0b011, 3)
    put(0b0000_1100, 8)
    for _ in 0..<(count - 1) / 258 { put(0b0_0000_1010_0011, 13) }
    for _ in 0..<(count - 1) % 258 { put(0b0000_1100, 8) }
    put(0, 7)
    put(0, 7)
    packed += big(count % 65521 << 16 | 1)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", big(side) + big(side) + [16, 6, 0, 0, 0]) + chunk("IDAT", packed) + chunk("IEND", [])
  }
}

/// An MP4 of one frame, made to show it again and again: each chunk of its index is the same place in the file.
private struct RepeatedSample {
  private(set) var bytes: [UInt8] = []
  private let times: Int
  private let size: Int, offset: Int

  init(_ film: [UInt8], times: Int) throws {
    self.times = times
    let boxes = Self.boxes(film[...]), head = boxes.filter { $0.name != "moov" && $0.name != "mdat" }
    let data = try #require(boxes.first { $0.name == "mdat" }), movie = try #require(boxes.first { $0.name == "moov" })
    // Where the sample lies, by the first entry of the index as it was.
    let table = try #require(film.firstRange(of: Array("stco".utf8))).upperBound
    let sizes = try #require(film.firstRange(of: Array("stsz".utf8))).upperBound
    size = Self.number(film, sizes + 4) > 0 ? Self.number(film, sizes + 4) : Self.number(film, sizes + 12)
    let front = head.flatMap { film[$0.place] }
    offset = Self.number(film, table + 8) - data.place.lowerBound + front.count
    bytes = front + film[data.place] + changed(film, movie)
  }

  private typealias Box = (name: String, place: Range<Int>)

  private static func number(_ bytes: [UInt8], _ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }

  private static func boxes(_ bytes: ArraySlice<UInt8>) -> [Box] {
    var at = bytes.startIndex, out: [Box] = []
    while at + 8 <= bytes.endIndex {
      let size = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      guard size >= 8, at + size <= bytes.endIndex else { break }
      out.append((String(decoding: bytes[at + 4..<at + 8], as: UTF8.self), at..<at + size))
      at += size
    }
    return out
  }

  private func changed(_ film: [UInt8], _ box: Box) -> [UInt8] {
    func big(_ values: Int...) -> [UInt8] {
      values.flatMap { value in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
    }
    let body: [UInt8]
    switch box.name {
    case "moov", "trak", "mdia", "minf", "stbl":
      body = Self.boxes(film[box.place.dropFirst(8)]).flatMap { changed(film, $0) }
    case "edts", "ctts", "stss": return []
    case "stts": body = big(0, 1, times, Self.number(film, box.place.lowerBound + 20))
    case "stsz": body = big(0, size, times)
    case "stsc": body = big(0, 1, 1, 1, 1)
    case "stco": body = big(0, times) + (0..<times).flatMap { _ in big(offset) }
    default: return Array(film[box.place])
    }
    return big(body.count + 8) + Array(box.name.utf8) + body
  }
}
