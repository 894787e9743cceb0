import CAV
import Files
import Foundation

/// An opened file as libav reads it: by position, from the one descriptor. No path goes to libav, so none is opened a
/// second time, and a playlist or a numbered name means nothing.
final class VideoInput {
  private let file: OpenedFile
  private var position = 0
  private(set) var context: UnsafeMutablePointer<AVIOContext>?

  init(_ file: OpenedFile) throws {
    self.file = file
    let size = 1 << 16
    let buffer = av_malloc(size)
    context = avio_alloc_context(
      buffer?.assumingMemoryBound(to: UInt8.self), Int32(size), 0, Unmanaged.passUnretained(self).toOpaque(),
      { me, room, count in
        guard let me, let room, count > 0 else { return orrery_averror(EINVAL) }
        return Unmanaged<VideoInput>.fromOpaque(me).takeUnretainedValue().read(
          UnsafeMutableRawBufferPointer(start: room, count: Int(count)))
      }, nil,
      { me, offset, whence in
        guard let me else { return Int64(orrery_averror(EINVAL)) }
        return Unmanaged<VideoInput>.fromOpaque(me).takeUnretainedValue().seek(offset, whence)
      })
    guard context != nil else {
      av_free(buffer)
      throw VideoStop(.noMemory)
    }
  }

  deinit {
    // libav may have taken another buffer in the place of ours.
    if let context { av_free(context.pointee.buffer) }
    avio_context_free(&context)
  }

  private func read(_ room: UnsafeMutableRawBufferPointer) -> Int32 {
    let n = file.read(at: position, into: room)
    guard n > 0 else { return n == 0 ? orrery_averror_eof() : orrery_averror(Int32(-n)) }
    position += n
    return Int32(n)
  }

  private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
    if whence & AVSEEK_SIZE != 0 { return Int64(file.count) }
    let base =
      switch whence & ~AVSEEK_FORCE {
      case SEEK_SET: 0
      case SEEK_CUR: position
      case SEEK_END: file.count
      default: -1
      }
    let (target, overflow) = base.addingReportingOverflow(Int(offset))
    guard base >= 0, !overflow, target >= 0 else { return Int64(orrery_averror(EINVAL)) }
    position = target
    return Int64(target)
  }
}
