import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Pictures and times as they are meant: orientation, tone, bits, edit lists, pauses, cover pictures.
@Suite(.serialized) struct FootageTests {
  private func fixture(_ name: String) -> String { Fixture.path("footage/" + name) }

  /// Where pixel (x, y) of a w × h picture is shown, by EXIF's own words for each number: the stored row 0 and column 0
  /// are this side of the scene.
  private static func shown(_ exif: Int, _ x: Int, _ y: Int, _ w: Int, _ h: Int) -> (Int, Int) {
    switch exif {
    case 2: (w - 1 - x, y)  // top, right
    case 3: (w - 1 - x, h - 1 - y)  // bottom, right
    case 4: (x, h - 1 - y)  // bottom, left
    case 5: (y, x)  // left, top
    case 6: (h - 1 - y, x)  // right, top
    case 7: (h - 1 - y, w - 1 - x)  // right, bottom
    case 8: (y, w - 1 - x)  // left, bottom
    default: (x, y)
    }
  }

  private static func laid(_ f: Frames, _ exif: Int) -> Frames {
    let w = f.width, h = f.height, isSideways = exif > 4
    var out = f.pixels
    for t in 0..<f.count {
      for y in 0..<h {
        for x in 0..<w {
          let (column, row) = shown(exif, x, y, w, h)
          for c in 0..<3 {
            out[t * f.frameBytes + (row * (isSideways ? h : w) + column) * 3 + c] =
              f.pixels[t * f.frameBytes + (y * w + x) * 3 + c]
          }
        }
      }
    }
    return Frames(count: f.count, height: isSideways ? w : h, width: isSideways ? h : w, pixels: out, fps: f.fps)
  }

  private static func exif(_ number: Int, little: Bool) -> [UInt8] {
    func n(_ value: Int, _ bytes: Int) -> [UInt8] {
      let big = (0..<bytes).reversed().map { UInt8(value >> (8 * $0) & 255) }
      return little ? big.reversed() : big
    }
    let mark: [UInt8] = little ? [0x49, 0x49] : [0x4D, 0x4D]
    // Another tag before it.
    return mark + n(42, 2) + n(8, 4) + n(2, 2) + n(0x010F, 2) + n(2, 2) + n(1, 4) + n(0, 4) + n(0x0112, 2) + n(3, 2)
      + n(1, 4) + n(number, 2) + n(0, 2) + n(0, 4)
  }

  @Test(arguments: 1...8) func everyOrientationOfAPicture(number: Int) throws {
    let scratch = try Scratch()
    let block = Self.exif(number, little: number % 2 == 0), jpg = [UInt8](try Disk.read(fixture("plain.jpg")))
    let app = Array("Exif".utf8) + [0, 0] + block
    try Disk.write(
      Data(jpg[..<2] + [0xFF, 0xE1, 0, UInt8(app.count + 2)] + app + jpg[2...]), to: scratch("a.jpg"))
    #expect(try VideoReader.read(scratch("a.jpg")) == Self.laid(VideoReader.read(fixture("plain.jpg")), number))
    let clip = movingDisc(1, height: 6, width: 10, fps: FrameRate(25)), png = try PNG.encode(clip)
    let named = Array("eXIf".utf8) + block
    let chunk = [0, 0, 0, UInt8(block.count)] + named + Bits.crc32(named)
    // After the header: 8 bytes of signature, 25 of IHDR.
    try Disk.write(Data(png[..<33] + chunk + png[33...]), to: scratch("a.png"))
    #expect(try VideoReader.read(scratch("a.png")) == Self.laid(clip, number))
    var webp = [UInt8](try Disk.read(fixture("plain.webp")))
    webp += Array("EXIF".utf8) + [UInt8(block.count), 0, 0, 0] + block
    webp[4] = UInt8(webp.count - 8)
    try Disk.write(Data(webp), to: scratch("a.webp"))
    #expect(try VideoReader.read(scratch("a.webp")) == Self.laid(VideoReader.read(fixture("plain.webp")), number))
  }

  @Test func orientationsThatCannotBeReadAreUpright() throws {
    let scratch = try Scratch(), clip = movingDisc(1, height: 6, width: 10, fps: FrameRate(25)),
      png = try PNG.encode(clip)
    for block in [
      Self.exif(0, little: true), Self.exif(9, little: false), [0x49, 0x49], [], [UInt8](repeating: 255, count: 40),
    ] {
      let named = Array("eXIf".utf8) + block
      try Disk.write(
        Data(png[..<33] + [0, 0, 0, UInt8(block.count)] + named + Bits.crc32(named) + png[33...]), to: scratch("a.png"))
      #expect(try VideoReader.read(scratch("a.png")) == clip)
    }
  }

  /// The matrix of each EXIF number, written into the track's header.
  @Test(arguments: 1...8) func everyDisplayMatrix(number: Int) throws {
    let scratch = try Scratch(), clip = movingDisc(4, height: 32, width: 48, fps: FrameRate(8))
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(crf: 0))
    let plain = try VideoReader.read(scratch("a.mp4"))
    var bytes = [UInt8](try Disk.read(scratch("a.mp4")))
    let at = try #require(bytes.firstRange(of: Array("tkhd".utf8))).lowerBound + 4 + 40
    // (a, b, u, c, d, v): x' = a·x + c·y, y' = b·x + d·y.
    let (x, y) = (Self.shown(number, 1, 0, 1, 1), Self.shown(number, 0, 1, 1, 1))
    for (i, value) in [x.0, x.1, 0, y.0, y.1, 0].enumerated() {
      let word = UInt32(bitPattern: Int32(value << 16))
      for k in 0..<4 { bytes[at + 4 * i + k] = UInt8(word >> (24 - 8 * UInt32(k)) & 255) }
    }
    try Disk.write(Data(bytes), to: scratch("b.mp4"))
    #expect(try VideoReader.read(scratch("b.mp4")) == Self.laid(plain, number))
  }

  @Test(arguments: ["pq.mp4", "hlg.mp4"]) func hdrIsMappedToWhatItMeans(_ name: String) throws {
    let reader = try VideoReader(path: fixture(name)), frame = try #require(try reader.next())
    for c in 0..<3 {
      #expect(abs(Int(frame[(16 * 48 + 8) * 3 + c]) - 118) <= 2 && frame[(16 * 48 + 40) * 3 + c] >= 253, "\(name)")
    }
    #expect(reader.info.notes.contains { $0.contains("HDR") } && reader.info.toneMap != nil)
  }

  /// v · 257 in 16 bits is v, in grey and in colour, for every v.
  @Test(arguments: [0, 2, 4, 6]) func sixteenBitsRoundToEight(kind: Int) throws {
    let scratch = try Scratch(), channels = [0: 1, 2: 3, 4: 2, 6: 4][kind] ?? 1
    let values = (0..<256).map { v in (0..<channels).map { c in UInt8((v + 37 * c) % 256) } }
    try Disk.write(Data(Bits.png(16, 16, depth: 8, kind, values.flatMap { $0 })), to: scratch("8.png"))
    try Disk.write(
      Data(Bits.png(16, 16, depth: 16, kind, values.flatMap { $0.flatMap { [$0, $0] } })), to: scratch("16.png"))
    let narrow = try VideoReader.read(scratch("8.png"))
    #expect(try VideoReader.read(scratch("16.png")) == narrow)
    for v in 0..<256 { #expect(narrow.pixels[3 * v] == UInt8(v)) }
  }

  @Test func coverPicturesAreNoFilm() throws {
    let it = problem { try VideoReader(path: fixture("cover.mp4")) }
    #expect(it.what.contains("cover picture"), "\(it)")
  }

  @Test func anEditListIsNoTruncation() throws {
    let reader = try VideoReader(path: fixture("cut.mp4"))
    while try reader.next() != nil {}
    #expect(reader.report.delivered == 24 && reader.info.frames == 24 && reader.report.notes.isEmpty)
    let scratch = try Scratch(), whole = try Disk.read(fixture("cut.mp4"))
    try VideoWriter.write(movingDisc(24), to: scratch("a.mp4"))
    let end = try Disk.read(scratch("a.mp4"))
    try Disk.write(end.prefix(end.count - 300), to: scratch("b.mp4"))
    let short = try VideoReader(path: scratch("b.mp4"))
    while try short.next() != nil {}
    #expect(short.report.notes.contains { $0.contains("may be truncated") })
    #expect(try VideoReader.planesSHA256(path: fixture("cut.mp4")).count == 64 && whole.count > 1000)
  }

  @Test func aPauseIsNotFilled() throws {
    let scratch = try Scratch()
    let report = try VideoImport.run([fixture("paused.mp4")], to: scratch("a.h5"))
    #expect(report.fps == FrameRate(30) && report.frames == 60 && report.notes.contains { $0.text.contains("pause") })
    var options = VideoImport.Options()
    (options.fps, options.window) = (FrameRate(30), 16)
    let cut = try VideoImport.run([fixture("paused.mp4")], to: scratch("b.h5"), options: options)
    let data = try Dataset(path: scratch("b.h5"))
    #expect(cut.clips == 2)
    for i in data.clips.indices {
      let frames = try data.frames(i, 0..<16)
      #expect(Set((0..<16).map { Hashing.sha256(frames[$0..<$0 + 1].pixels) }).count > 8)
    }
    // The second window begins after the pause.
    let origin = try JSON.parse(data.clips[1].derivedFrom ?? "", at: "origin")
    #expect(origin["transform"]?["first"]?.integer == 30)
  }

  @Test(arguments: [
    (30000, 30000, 1001), (1000, 30, 1), (1000, 60, 1), (90000, 25, 1), (12288, 24, 1), (1000, 10, 1), (100, 100, 7),
    (600, 24000, 1001), (100, 25, 1), (1000, 1, 1),
  ]) func theUsualDistanceNamesTheRate(ticks: Int, n: Int, d: Int) {
    // Times as a file has them, rounded to its ticks, with a pause in the middle.
    let times = (0..<600).map { i in
      Int64((Double(i * d * ticks) / Double(n)).rounded()) + (i < 300 ? 0 : Int64(40 * ticks))
    }
    #expect(FrameTiming.usual(times, ticks: FrameRate(ticks), mean: FrameRate(2)) == FrameRate(n, d))
  }

  @Test func aMeanThatTicksAllowIsKept() {
    // 23.976 in steps of 1/600 s: 25, 25, 25, 26 ticks.
    let times = (0..<96).map { Int64((Double($0) * 600 * 1001 / 24000).rounded()) }
    #expect(FrameTiming.usual(times, ticks: FrameRate(600), mean: FrameRate(24000, 1001)) == FrameRate(24000, 1001))
    #expect(FrameTiming.usual([5], ticks: FrameRate(600), mean: nil) == nil)
  }
}

/// PNG files of every kind, by hand.
enum Bits {
  static func crc32(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var crc: UInt32 = .max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ~crc >> $0) }
  }

  /// - Parameters:
  ///   - kind: PNG's colour type.
  ///   - samples: rows, big-endian.
  static func png(_ width: Int, _ height: Int, depth: UInt8, _ kind: Int, _ samples: [UInt8]) -> [UInt8] {
    let row = samples.count / height, lines = (0..<height).flatMap { [0] + samples[$0 * row..<($0 + 1) * row] }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in lines { a = (a + UInt32(byte)) % 65521; b = (b + a) % 65521 }
    let (low, high) = (UInt8(lines.count & 255), UInt8(lines.count >> 8))
    // One stored block.
    let packed =
      [0x78, 0x01, 1, low, high, ~low, ~high] + lines + [b >> 8, b, a >> 8, a].map { UInt8(truncatingIfNeeded: $0) }
    func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
      let named = Array(name.utf8) + body
      return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: body.count >> $0) } + named + crc32(named)
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", [0, 0, 0, UInt8(width), 0, 0, 0, UInt8(height), depth, UInt8(kind), 0, 0, 0])
      + chunk("IDAT", packed) + chunk("IEND", [])
  }
}
