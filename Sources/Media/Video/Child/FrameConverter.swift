import CAV
import Files

/// Turns decoded frames into 8-bit sRGB as a layout says: colour matrix, tone, orientation, crop, scale.
final class FrameConverter {
  let layout: FrameLayout
  private let toRGB = Scaler(), toWide = Scaler(), resize = Scaler()
  private var toneMap: (key: [UInt32], map: ToneMap)?
  private var eight: EightBits?

  init(_ layout: FrameLayout) { self.layout = layout }

  /// - Parameter out: room for `layout.bytes`, and `FrameLayout.slack` more.
  /// - Throws: `VideoStop`.
  func rgb(_ frame: UnsafeMutablePointer<AVFrame>, into out: UnsafeMutablePointer<UInt8>) throws {
    let hdr = ToneMap.Transfer(frame.pointee.color_trc), (width, height) = (layout.width, layout.height)
    // One pass when there is nothing to turn or cut; otherwise full-size RGB first, so that crops are exact to the
    // pixel.
    if layout.isWhole, layout.orientation == .upright, hdr == nil {
      return try convert(frame, width, height, into: out)
    }
    // A stream may change its size midway; the box was chosen in the announced one.
    let shown = layout.shown, coded = layout.orientation.isSideways ? (shown.height, shown.width) : shown
    var pixels = try hdr.map { try toned(frame, coded.0, coded.1, $0) } ?? whole(frame, coded.0, coded.1)
    pixels = layout.orientation.applied(to: pixels, coded.0, coded.1)
    if layout.isWhole, (width, height) == shown {
      pixels.withUnsafeBufferPointer { if let from = $0.baseAddress { out.update(from: from, count: $0.count) } }
      return
    }
    let crop = layout.crop
    let context = try resize.context(
      Scaler.Key(
        from: AV_PIX_FMT_RGB24, width: Int32(crop.width), height: Int32(crop.height), to: AV_PIX_FMT_RGB24,
        outWidth: Int32(width), outHeight: Int32(height), matrix: SWS_CS_ITU709, fromFull: true, toFull: true))
    let rows = pixels.withUnsafeBufferPointer {
      orrery_sws_rgb_to_rgb(
        context, $0.baseAddress! + (crop.y * shown.width + crop.x) * 3, Int32(shown.width * 3), Int32(crop.height),
        out, Int32(width * 3))
    }
    guard rows == height else { throw VideoStop(.notConvertible, Int(AV_PIX_FMT_RGB24.rawValue)) }
  }

  private func whole(_ frame: UnsafeMutablePointer<AVFrame>, _ width: Int, _ height: Int) throws -> [UInt8] {
    let count = width * height * 3
    var out = [UInt8](repeating: 0, count: count + FrameLayout.slack)
    try out.withUnsafeMutableBufferPointer { try convert(frame, width, height, into: $0.baseAddress!) }
    out.removeLast(FrameLayout.slack)
    return out
  }

  private func convert(
    _ frame: UnsafeMutablePointer<AVFrame>, _ outWidth: Int, _ outHeight: Int, into out: UnsafeMutablePointer<UInt8>
  ) throws {
    var frame = frame
    if EightBits.takes(AVPixelFormat(frame.pointee.format)) {
      let eight = try eight ?? EightBits()
      self.eight = eight
      frame = try eight.narrowed(frame)
    }
    let context = try toRGB.context(Self.key(frame.pointee, AV_PIX_FMT_RGB24, outWidth, outHeight))
    guard orrery_sws_frame_to_rgb(context, frame, out, Int32(outWidth * 3)) == outHeight else {
      throw VideoStop(.notConvertible, Int(frame.pointee.format))
    }
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
    let codes = [UInt16](unsafeUninitializedCapacity: count + FrameLayout.slack) { room, filled in
      let rows = room.withMemoryRebound(to: UInt8.self) {
        orrery_sws_frame_to_rgb(context, frame, $0.baseAddress!, Int32(outWidth * 6))
      }
      filled = rows == outHeight ? count : 0
    }
    guard !codes.isEmpty else { throw VideoStop(.notConvertible, Int(f.format)) }
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
}
