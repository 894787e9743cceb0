import CAV
import Files

/// Turns decoded frames into 8-bit sRGB of one size: colour matrix, tone, orientation, crop, scale.
package final class FrameConverter {
  /// Size of what `rgb` gives.
  package let width: Int, height: Int

  package var kept: (x: Int, y: Int, width: Int, height: Int) { (crop.x, crop.y, crop.width, crop.height) }

  private struct Box: Equatable { var x = 0, y = 0, width = 0, height = 0 }
  private let orientation: Orientation
  private let crop: Box
  private let shown: (width: Int, height: Int)
  private let toRGB = Scaler(), toWide = Scaler(), resize = Scaler()
  private var toneMap: (key: [UInt32], map: ToneMap)?
  private var eight: EightBits?
  private let path: String

  package init(info: VideoInfo, size: (width: Int, height: Int)?, crop: Crop, at path: String) throws {
    self.path = path
    orientation = info.orientation
    shown = orientation.isSideways ? (info.height, info.width) : (info.width, info.height)
    if let size {
      guard (1...16384).contains(size.width), (1...16384).contains(size.height) else {
        throw Problem.usage("frames of \(size.width)x\(size.height) cannot be made", expected: "sides from 1 to 16384")
      }
    }
    switch crop {
    case .none: self.crop = Box(width: shown.width, height: shown.height)
    case .rectangle(let x, let y, let w, let h):
      guard x + w <= shown.width, y + h <= shown.height else {
        throw Problem(
          "the crop \(crop.description) reaches outside the picture of \(shown.width)x\(shown.height)", at: path,
          fix: "choose x,y,w,h inside it")
      }
      self.crop = Box(x: x, y: y, width: w, height: h)
    case .center:
      // With no size wanted there is no aspect to cut to.
      let target = size ?? shown
      // The larger of the two rectangles of the target's aspect that fit.
      let w = min(shown.width, max(1, shown.height * target.width / target.height)),
        h = min(shown.height, max(1, shown.width * target.height / target.width))
      self.crop = Box(x: (shown.width - w) / 2, y: (shown.height - h) / 2, width: w, height: h)
    }
    (width, height) = (size?.width ?? self.crop.width, size?.height ?? self.crop.height)
  }

  package func rgb(_ frame: UnsafeMutablePointer<AVFrame>) throws -> [UInt8] {
    let whole = crop == Box(width: shown.width, height: shown.height)
    let hdr = ToneMap.Transfer(frame.pointee.color_trc)
    // One pass when there is nothing to turn or cut; otherwise full-size RGB first, so that crops are exact to the
    // pixel.
    if whole, orientation == .upright, hdr == nil { return try convert(frame, width, height) }
    // A stream may change its size midway; the box was chosen in the announced one.
    let coded = orientation.isSideways ? (shown.height, shown.width) : shown
    var pixels = try hdr.map { try toned(frame, coded.0, coded.1, $0) } ?? convert(frame, coded.0, coded.1)
    pixels = orientation.applied(to: pixels, coded.0, coded.1)
    if whole, (width, height) == shown { return pixels }
    let context = try resize.context(
      Scaler.Key(
        from: AV_PIX_FMT_RGB24, width: Int32(crop.width), height: Int32(crop.height), to: AV_PIX_FMT_RGB24,
        outWidth: Int32(width), outHeight: Int32(height), matrix: SWS_CS_ITU709, fromFull: true, toFull: true))
    return try filled(width, height) { out in
      pixels.withUnsafeBufferPointer {
        orrery_sws_rgb_to_rgb(
          context, $0.baseAddress! + (crop.y * shown.width + crop.x) * 3, Int32(shown.width * 3), Int32(crop.height),
          out, Int32(width * 3))
      }
    }
  }

  private func convert(_ frame: UnsafeMutablePointer<AVFrame>, _ outWidth: Int, _ outHeight: Int) throws -> [UInt8] {
    var frame = frame
    if EightBits.takes(AVPixelFormat(frame.pointee.format)) {
      let eight = try eight ?? EightBits()
      self.eight = eight
      frame = try eight.narrowed(frame, at: path)
    }
    let context = try toRGB.context(Self.key(frame.pointee, AV_PIX_FMT_RGB24, outWidth, outHeight))
    return try filled(outWidth, outHeight) { orrery_sws_frame_to_rgb(context, frame, $0, Int32(outWidth * 3)) }
  }

  /// HDR in 16 bits a channel, then mapped.
  private func toned(
    _ frame: UnsafeMutablePointer<AVFrame>, _ outWidth: Int, _ outHeight: Int, _ transfer: ToneMap.Transfer
  ) throws -> [UInt8] {
    let f = frame.pointee, key = [f.color_trc.rawValue, f.color_primaries.rawValue]
    let map = toneMap.flatMap { $0.key == key ? $0.map : nil } ?? ToneMap(transfer, primaries: f.color_primaries)
    toneMap = (key, map)
    let context = try toWide.context(Self.key(f, AV_PIX_FMT_RGB48LE, outWidth, outHeight))
    let count = outWidth * outHeight * 3
    // Room after the last row, as below.
    let codes = [UInt16](unsafeUninitializedCapacity: count + 64) { room, filled in
      let rows = room.withMemoryRebound(to: UInt8.self) {
        orrery_sws_frame_to_rgb(context, frame, $0.baseAddress!, Int32(outWidth * 6))
      }
      filled = rows == outHeight ? count : 0
    }
    guard !codes.isEmpty else { throw Problem("a frame cannot be converted to RGB", at: path) }
    return codes.withUnsafeBufferPointer { map.sdr($0) }
  }

  private static func key(_ f: AVFrame, _ format: AVPixelFormat, _ outWidth: Int, _ outHeight: Int) -> Scaler.Key {
    // Untagged footage: with the primaries or the curve of BT.2020 it is that, else high definition is BT.709 and the rest
    // BT.601, as players assume.
    let isWide = ToneMap.Transfer(f.color_trc) != nil || f.color_primaries == AVCOL_PRI_BT2020
    let matrix =
      switch f.colorspace {
      case AVCOL_SPC_BT709: SWS_CS_ITU709
      case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
      case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
      case AVCOL_SPC_FCC: SWS_CS_FCC
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
      default: isWide ? SWS_CS_BT2020 : f.height >= 720 || f.width >= 1280 ? SWS_CS_ITU709 : SWS_CS_ITU601
      }
    return Scaler.Key(
      from: AVPixelFormat(f.format), width: f.width, height: f.height, to: format, outWidth: Int32(outWidth),
      outHeight: Int32(outHeight), matrix: matrix, fromFull: f.color_range == AVCOL_RANGE_JPEG, toFull: true)
  }

  private func filled(_ width: Int, _ height: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int32) throws -> [UInt8] {
    // swscale may write a few bytes past a row in its vector loops: give it room after the last.
    let count = width * height * 3
    var out = [UInt8](repeating: 0, count: count + 64)
    let rows = out.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    guard rows == height else { throw Problem("a frame cannot be converted to RGB", at: path) }
    out.removeLast(64)
    return out
  }
}
