import CAV
import Files

/// Small helpers over libav: messages, and handles that free themselves.
package enum AV {
  /// libav's text for an error code.
  package static func text(_ code: Int32) -> String {
    var bytes = [CChar](repeating: 0, count: 128)
    av_strerror(code, &bytes, bytes.count)
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// libav prints to standard error on its own; what matters is in the codes it returns, and we say that ourselves.
  package static func quiet() { av_log_set_level(AV_LOG_FATAL) }

  package static func writeProblem(_ path: String, _ code: Int32) -> Problem {
    code == -ENOSPC || code == -EACCES || code == -EROFS
      ? Disk.writeProblem(path, -code) : Problem("the video cannot be written: \(text(code))", at: path)
  }

  /// libav's name of a codec by its number.
  static func codec(_ number: Int) -> String {
    String(cString: avcodec_get_name(AVCodecID(rawValue: UInt32(clamping: number))))
  }

  package static func name(_ format: AVPixelFormat) -> String {
    av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
  }
}

/// One reference-counted AVFrame.
package final class AVFrameBox {
  package let frame: UnsafeMutablePointer<AVFrame>
  package init() throws {
    guard let frame = av_frame_alloc() else { throw Problem("out of memory", fix: "free some memory") }
    self.frame = frame
  }
  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
  }
}

/// A swscale context for one pair of formats and sizes, made again when they change. Bit-exact, so a frame's hash does
/// not depend on the machine.
package final class Scaler {
  package struct Key: Equatable {
    var from: AVPixelFormat, width: Int32, height: Int32, to: AVPixelFormat, outWidth: Int32, outHeight: Int32,
      matrix: Int32, fromFull: Bool, toFull: Bool
  }
  private var context: OpaquePointer?
  private var key: Key?

  deinit { sws_freeContext(context) }

  package func context(_ key: Key) throws -> OpaquePointer {
    if let context, key == self.key { return context }
    sws_freeContext(context)
    // Averaging over the area is right when shrinking; it degenerates to nearest neighbour when growing.
    let kernel = key.outWidth <= key.width && key.outHeight <= key.height ? SWS_AREA : SWS_BICUBIC
    context = sws_getContext(
      key.width, key.height, key.from, key.outWidth, key.outHeight, key.to,
      kernel | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP, nil, nil, nil)
    guard let context else {
      throw Problem("pixels of the format \(AV.name(key.from)) cannot be converted to \(AV.name(key.to))")
    }
    _ = orrery_sws_matrix(context, key.matrix, key.fromFull ? 1 : 0, key.toFull ? 1 : 0)
    self.key = key
    return context
  }
}
