import CAV
import Files
import Foundation
import Frames

/// Demuxes and decodes the best video stream of a file, frame by frame, as coded.
package final class VideoDecoder {
  package let path: String
  package let info: VideoInfo
  /// Packets the decoder refused, and frames it marked as damaged.
  private(set) var damaged = 0
  private(set) var decoded = 0

  private let demuxer: Demuxer
  private var codec: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private let box: AVFrameBox
  private let secondsPerTick: Double
  private var draining = false

  package convenience init(path: String) throws { try self.init(OpenedFile(path)) }

  /// - Throws: `Problem` when it is no film that can be decoded.
  package init(_ file: OpenedFile) throws {
    path = file.path
    box = try AVFrameBox()
    demuxer = try Demuxer(file)
    let parameters = demuxer.track.pointee.codecpar.pointee
    let name = String(cString: avcodec_get_name(parameters.codec_id))
    info = VideoInfo(demuxer, codec: name)
    secondsPerTick = av_q2d(demuxer.track.pointee.time_base)
    packet = av_packet_alloc()
    codec = avcodec_alloc_context3(nil)
    guard packet != nil, let codec else { throw Problem("out of memory", at: path) }
    var code = avcodec_parameters_to_context(codec, demuxer.track.pointee.codecpar)
    if code >= 0 {
      codec.pointee.pkt_timebase = demuxer.track.pointee.time_base
      codec.pointee.thread_count = 0
      code = avcodec_open2(codec, avcodec_find_decoder(parameters.codec_id), nil)
    }
    guard code >= 0, (1...16384).contains(parameters.width), (1...16384).contains(parameters.height) else {
      throw Problem(
        code < 0
          ? "the video (\(name)) cannot be decoded: \(AV.text(code))"
          : "the frames are \(parameters.width)x\(parameters.height)", at: path,
        expected: "video with sides from 1 to 16384")
    }
  }

  deinit {
    avcodec_free_context(&codec)
    av_packet_free(&packet)
  }

  package var file: OpenedFile { demuxer.file }

  /// The next decoded frame, valid until the next call, and its time in seconds (nil when it carries none). Nil at the
  /// end.
  package func next() throws -> (frame: UnsafeMutablePointer<AVFrame>, time: Double?)? {
    guard let codec, let packet else { return nil }
    while true {
      av_frame_unref(box.frame)
      let got = avcodec_receive_frame(codec, box.frame)
      if got >= 0 {
        let frame = box.frame.pointee
        guard (1...16384).contains(frame.width), (1...16384).contains(frame.height) else {
          throw Problem("a frame is \(frame.width)x\(frame.height)", at: path)
        }
        if frame.flags & AV_FRAME_FLAG_CORRUPT != 0 { damaged += 1 }
        decoded += 1
        let ticks = frame.best_effort_timestamp
        return (box.frame, ticks == orrery_av_nopts() ? nil : Double(ticks) * secondsPerTick)
      }
      if got == orrery_averror_eof() || draining && got == orrery_averror_eagain() { return nil }
      if got != orrery_averror_eagain() { damaged += 1 }
      try feed(codec, packet)
    }
  }

  private func feed(
    _ codec: UnsafeMutablePointer<AVCodecContext>, _ packet: UnsafeMutablePointer<AVPacket>
  ) throws {
    while !draining {
      av_packet_unref(packet)
      let read = demuxer.read(packet)
      if read < 0 {
        // A short file ends like any other; the count of frames tells them apart.
        draining = true
        avcodec_send_packet(codec, nil)
        return
      }
      guard packet.pointee.stream_index == demuxer.stream else { continue }
      if avcodec_send_packet(codec, packet) < 0 { damaged += 1 }
      return
    }
  }
}
