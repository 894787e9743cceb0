import CAV
import Files

/// Turns decoded frames into RGB of one size: colour matrix, rotation, crop, scale.
package final class FrameConverter {
  /// Size of what `rgb` gives.
  package let width: Int, height: Int

  package var kept: (x: Int, y: Int, width: Int, height: Int) { (crop.x, crop.y, crop.width, crop.height) }

  private struct Box: Equatable { var x = 0, y = 0, width = 0, height = 0 }
  private let rotation: Int
  private let crop: Box
  private let shown: (width: Int, height: Int)
  private let toRGB = Scaler(), resize = Scaler()
  private let path: String

  package init(info: VideoInfo, size: (width: Int, height: Int)?, crop: Crop, at path: String) throws {
    self.path = path
    rotation = info.rotation
    shown = rotation % 180 == 0 ? (info.width, info.height) : (info.height, info.width)
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
    // One pass when there is nothing to turn or cut; otherwise full-size RGB first, so that crops are exact to the
    // pixel.
    if whole, rotation == 0 { return try convert(frame, width, height) }
    // A stream may change its size midway; the box was chosen in the announced one.
    let coded = rotation % 180 == 0 ? shown : (shown.height, shown.width)
    var pixels = try convert(frame, coded.0, coded.1)
    if rotation != 0 { pixels = Self.turned(pixels, coded.0, coded.1, by: rotation) }
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
    let f = frame.pointee
    // Untagged footage: high definition is BT.709, the rest BT.601, as players assume.
    let matrix =
      switch f.colorspace {
      case AVCOL_SPC_BT709: SWS_CS_ITU709
      case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
      case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
      case AVCOL_SPC_FCC: SWS_CS_FCC
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
      default: f.height >= 720 || f.width >= 1280 ? SWS_CS_ITU709 : SWS_CS_ITU601
      }
    let context = try toRGB.context(
      Scaler.Key(
        from: AVPixelFormat(f.format), width: f.width, height: f.height, to: AV_PIX_FMT_RGB24,
        outWidth: Int32(outWidth),
        outHeight: Int32(outHeight), matrix: matrix, fromFull: f.color_range == AVCOL_RANGE_JPEG, toFull: true))
    return try filled(outWidth, outHeight) { orrery_sws_frame_to_rgb(context, frame, $0, Int32(outWidth * 3)) }
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

  /// Turns an RGB picture clockwise by 90, 180 or 270 degrees.
  package static func turned(_ pixels: [UInt8], _ width: Int, _ height: Int, by degrees: Int) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: pixels.count)
    pixels.withUnsafeBufferPointer { from in
      out.withUnsafeMutableBufferPointer { to in
        for y in 0..<height {
          for x in 0..<width {
            let target =
              switch degrees {
              case 90: x * height + (height - 1 - y)
              case 180: (height - 1 - y) * width + (width - 1 - x)
              default: (width - 1 - x) * height + y
              }
            for c in 0..<3 { to[target * 3 + c] = from[(y * width + x) * 3 + c] }
          }
        }
      }
    }
    return out
  }
}
