import Files
import Foundation
import Frames
import Media
import Testing

@Suite struct PictureTests {
  @Test func pngRoundTrip() throws {
    let scratch = try Scratch()
    let clip = movingDisc(3, height: 37, width: 53)
    try PNG.write(clip, 1, to: scratch("a.png"))
    #expect(try PNG.read(scratch("a.png")).pixels == clip[1..<2].pixels)
    let whole = try Disk.read(scratch("a.png"))
    try Disk.write(whole.prefix(40), to: scratch("b.png"))
    try Disk.write("GIF89a", to: scratch("c.png"))
    for name in ["b.png", "c.png", "d.png"] { #expect(throws: Problem.self) { try PNG.read(scratch(name)) } }
    #expect(throws: Problem.self) { try PNG.write(clip, 3, to: scratch("e.png")) }
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
