import CDeflate
import Files
import Foundation
import Frames

/// PNG (ISO/IEC 15948), 8-bit RGB, written in a few lines over libdeflate. Reading, which must take every kind, is
/// `VideoReader`'s.
public enum PNG {
  /// The file's bytes for frame `index`.
  public static func encode(_ frames: Frames, _ index: Int = 0) throws -> [UInt8] {
    guard (0..<frames.count).contains(index) else {
      throw Problem("there is no frame \(index) to write; the clip has \(frames.count)")
    }
    let row = frames.width * 3
    var lines = [UInt8](repeating: 0, count: frames.height * (row + 1))
    frames.pixels.withUnsafeBufferPointer { source in
      let from = source.baseAddress! + index * frames.frameBytes
      lines.withUnsafeMutableBufferPointer { out in
        for y in 0..<frames.height {
          let to = out.baseAddress! + y * (row + 1), now = from + y * row
          // Filter 2, "up": the difference from the row above, which flat drawings and footage both compress well.
          to[0] = 2
          for i in 0..<row { to[1 + i] = y > 0 ? now[i] &- now[i - row] : now[i] }
        }
      }
    }
    var out: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    append("IHDR", bigEndian(frames.width) + bigEndian(frames.height) + [8, 2, 0, 0, 0], to: &out)
    append("sRGB", [0], to: &out)
    append("IDAT", try lines.withUnsafeBytes { try Deflate.compress($0, level: 6) }, to: &out)
    append("IEND", [], to: &out)
    return out
  }

  public static func write(_ frames: Frames, _ index: Int = 0, to path: String) throws {
    try Disk.write(Data(try encode(frames, index)), to: path)
  }

  public static func write(_ canvas: Canvas, to path: String) throws { try write(canvas.frames, to: path) }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A chunk: length, type, body, and the CRC of type and body.
  private static func append(_ type: String, _ body: [UInt8], to out: inout [UInt8]) {
    out += bigEndian(body.count)
    let named = Array(type.utf8) + body
    out += named
    out += bigEndian(Int(libdeflate_crc32(0, named, named.count)))
  }
}
