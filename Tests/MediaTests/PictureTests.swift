import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite struct PictureTests {
  @Test func pngRoundTrip() throws {
    let scratch = try Scratch()
    let clip = movingDisc(3, height: 37, width: 53)
    try PNG.write(clip, 1, to: scratch("a.png"))
    #expect(try VideoReader.read(scratch("a.png")).pixels == clip[1..<2].pixels)
    let whole = try Disk.read(scratch("a.png"))
    try Disk.write(whole.prefix(40), to: scratch("b.png"))
    try Disk.write("GIF89a", to: scratch("c.png"))
    for name in ["b.png", "c.png", "d.png"] { #expect(throws: Problem.self) { try VideoReader.read(scratch(name)) } }
    #expect(throws: Problem.self) { try PNG.write(clip, 3, to: scratch("e.png")) }
  }

  /// ISO/IEC 15948: signature, chunks in their order with their checksums, and nothing behind them.
  @Test func aPictureIsMadeOfTheseChunks() throws {
    let bytes = try PNG.encode(movingDisc(1, height: 37, width: 53))
    #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    var at = 8, chunks: [(type: String, body: [UInt8])] = []
    while at + 12 <= bytes.count {
      let end = at + 8 + number(at)
      try #require(end + 4 <= bytes.count)
      #expect(number(end) == Int(Self.crc32(bytes[(at + 4)..<end])))
      chunks.append((String(decoding: bytes[(at + 4)..<(at + 8)], as: UTF8.self), Array(bytes[(at + 8)..<end])))
      at = end + 4
    }
    #expect(at == bytes.count && chunks.map(\.type) == ["IHDR", "sRGB", "IDAT", "IEND"])
    // 53×37, 8 bits, RGB, no interlacing; perceptual intent; a zlib stream.
    #expect(
      chunks[0].body == [0, 0, 0, 53, 0, 0, 0, 37, 8, 2, 0, 0, 0] && chunks[1].body == [0] && chunks[3].body.isEmpty)
    #expect(chunks[2].body[0] & 0x0F == 8 && (Int(chunks[2].body[0]) << 8 | Int(chunks[2].body[1])) % 31 == 0)
  }

  /// Bit by bit, as annex D defines it.
  private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ (c >> 1) : c >> 1 }
    }
  }

  @Test func canvasClipsWhatFallsOutside() {
    var canvas = Canvas(width: 20, height: 10, fill: .white)
    canvas.rectangle(x: -5, y: -5, width: 100, height: 7, .black)
    canvas.line(from: (-10, 5), to: (40, 9), .ink)
    canvas.text("clipped text ☃", x: 10, y: 6)
    canvas.disc(x: 19, y: 9, radius: 5, .black)
    canvas.draw(movingDisc(1), 0, x: -30, y: 4)
    canvas.draw(movingDisc(1), 0, x: 500, y: 500)
    #expect(canvas.pixels.count == 600 && canvas.pixels[0] == 0)
  }

  @Test func everyGlyphIsItsOwn() {
    var seen: Set<[UInt8]> = []
    for code in 32...126 {
      var canvas = Canvas(width: 6, height: 8, fill: .white)
      canvas.text(String(UnicodeScalar(UInt8(code))), x: 0, y: 0, .black)
      #expect(seen.insert(canvas.pixels).inserted, "\(UnicodeScalar(UInt8(code)))")
    }
  }

  @Test func contactSheet() throws {
    let sheet = ContactSheet(
      title: "two discs", rows: [.init("first", movingDisc(16)), .init("second", movingDisc(16, seed: 3))], columns: 4)
    let canvas = try sheet.draw()
    #expect(canvas.width > 4 * 64 && canvas.height > 2 * 48)
    #expect(throws: Problem.self) { try ContactSheet(rows: []).draw() }
    #expect(throws: Problem.self) { try ContactSheet(rows: [.init("x", movingDisc(900))], zoom: 4).draw() }
  }
}
