import CAV
import CDeflate
import Files
import Foundation
import Frames

/// PNG (ISO/IEC 15948), 8-bit RGB. Writing is a few lines over libdeflate; reading, which must take every kind, is
/// libav's.
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

  /// A picture as one frame at one frame a second; transparency is dropped, 16 bits become 8.
  public static func read(_ path: String) throws -> Frames {
    let data = try Disk.read(path)
    guard data.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { throw Problem("this is not a PNG file", at: path) }
    return try decode(data, at: path)
  }

  private static func decode(_ data: Data, at path: String) throws -> Frames {
    AV.quiet()
    let damaged = Problem("the PNG is damaged", at: path, fix: "write or copy it again")
    guard data.count < 1 << 30, let decoder = avcodec_find_decoder(AV_CODEC_ID_PNG) else { throw damaged }
    var codec = avcodec_alloc_context3(decoder), packet = av_packet_alloc()
    defer {
      avcodec_free_context(&codec)
      av_packet_free(&packet)
    }
    guard let codec, let packet, avcodec_open2(codec, decoder, nil) >= 0, av_new_packet(packet, Int32(data.count)) >= 0
    else { throw damaged }
    data.copyBytes(to: packet.pointee.data, count: data.count)
    let box = try AVFrameBox()
    guard avcodec_send_packet(codec, packet) >= 0, avcodec_send_packet(codec, nil) >= 0,
      avcodec_receive_frame(codec, box.frame) >= 0
    else { throw damaged }
    let (width, height) = (Int(box.frame.pointee.width), Int(box.frame.pointee.height))
    guard (1...32768).contains(width), (1...32768).contains(height) else { throw damaged }
    let info = VideoInfo(
      width: width, height: height, fps: FrameRate(1), frames: 1, seconds: nil, codec: "png", pixelFormat: "",
      orientation: .upright,
      primaries: "", transfer: "", matrix: "", range: "", notes: [])
    let pixels = try FrameConverter(info: info, size: nil, crop: .none, at: path).rgb(box.frame)
    return Frames(count: 1, height: height, width: width, pixels: pixels, fps: FrameRate(1))
  }

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
