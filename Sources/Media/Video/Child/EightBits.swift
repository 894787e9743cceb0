import CAV

/// Grey and RGB frames of more than eight bits a channel, rounded to eight: v·255 / (2ᵇ − 1), so that a picture stored
/// as v·257 is the one stored as v. libav's own conversion goes through fifteen bits and misses some by one. Levels of
/// limited range keep their meaning: v / 2ᵇ⁻⁸. Transparency is left out.
final class EightBits {
  private let box: AVFrameBox
  private var line: [UInt16] = []

  init() throws { box = try AVFrameBox() }

  /// Whether frames of this format are to go through here.
  static func takes(_ format: AVPixelFormat) -> Bool {
    guard let d = av_pix_fmt_desc_get(format)?.pointee, d.comp.0.depth > 8, d.comp.0.depth <= 16 else { return false }
    let other = UInt64(AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL)
    guard d.flags & other == 0 else { return false }
    return d.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0 || d.nb_components <= 2
  }

  /// The frame in GRAY8 or RGB24, valid until the next call.
  func narrowed(_ frame: UnsafeMutablePointer<AVFrame>) throws -> UnsafeMutablePointer<AVFrame> {
    let f = frame.pointee
    guard let format = av_pix_fmt_desc_get(AVPixelFormat(f.format)) else {
      throw VideoStop(.notConvertible, Int(f.format))
    }
    let isRGB = format.pointee.flags & UInt64(AV_PIX_FMT_FLAG_RGB) != 0
    let target = isRGB ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_GRAY8, out = box.frame
    av_frame_unref(out)
    (out.pointee.format, out.pointee.width, out.pointee.height) = (target.rawValue, f.width, f.height)
    (out.pointee.color_range, out.pointee.colorspace) = (f.color_range, f.colorspace)
    guard av_frame_get_buffer(out, 0) >= 0, let to = out.pointee.data.0 else {
      throw VideoStop(.noMemory)
    }
    let width = Int(f.width), channels = isRGB ? 3 : 1, isFull = isRGB || f.color_range == AVCOL_RANGE_JPEG
    let depths = [format.pointee.comp.0.depth, format.pointee.comp.1.depth, format.pointee.comp.2.depth].map { Int($0) }
    line = [UInt16](repeating: 0, count: width)
    for y in 0..<Int(f.height) {
      let row = to + y * Int(out.pointee.linesize.0)
      for c in 0..<channels {
        orrery_read_line(&line, frame, format, Int32(y), Int32(c))
        let top = (1 << depths[c]) - 1, shift = depths[c] - 8, half = 1 << (shift - 1)
        for x in 0..<width {
          let v = Int(line[x])
          row[x * channels + c] = UInt8(min(255, isFull ? (v * 255 + top / 2) / top : (v + half) >> shift))
        }
      }
    }
    return out
  }
}
