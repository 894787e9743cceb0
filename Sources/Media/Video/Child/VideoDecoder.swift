import CAV
import Files
import Foundation
import Frames

/// Demuxes and decodes the best video stream of a file, frame by frame, as coded.
final class VideoDecoder {
  /// Packets the decoder refused, and frames it marked as damaged.
  private(set) var damaged = 0
  let demuxer: Demuxer
  private var codec: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private let box: AVFrameBox
  private let secondsPerTick: Double
  private var draining = false
  /// What `next` is to give before it decodes on: a look ahead was taken.
  private var ahead: Result<Decoded?, any Error>?

  typealias Decoded = (frame: UnsafeMutablePointer<AVFrame>, time: Double?)

  /// - Throws: `VideoStop` when it is no film that can be decoded.
  init(_ file: OpenedFile) throws {
    box = try AVFrameBox()
    demuxer = try Demuxer(file)
    let parameters = demuxer.track.pointee.codecpar.pointee
    secondsPerTick = av_q2d(demuxer.track.pointee.time_base)
    packet = av_packet_alloc()
    guard packet != nil else { throw VideoStop(.noMemory) }
    // Without room for more threads one is enough: they change the time it takes, and nothing else.
    var code = try open(threads: 0)
    if code < 0 { code = try open(threads: 1) }
    guard code >= 0 else { throw VideoStop(libav: code, .notDecodable, Int(parameters.codec_id.rawValue)) }
    guard FrameLayout.sides.contains(Int(parameters.width)), FrameLayout.sides.contains(Int(parameters.height)) else {
      throw VideoStop(.sides, Int(parameters.width), Int(parameters.height))
    }
  }

  deinit {
    avcodec_free_context(&codec)
    av_packet_free(&packet)
  }

  private func open(threads: Int32) throws -> Int32 {
    avcodec_free_context(&codec)
    codec = avcodec_alloc_context3(nil)
    guard let codec else { throw VideoStop(.noMemory) }
    let code = avcodec_parameters_to_context(codec, demuxer.track.pointee.codecpar)
    guard code >= 0 else { return code }
    codec.pointee.pkt_timebase = demuxer.track.pointee.time_base
    codec.pointee.thread_count = threads
    return avcodec_open2(codec, avcodec_find_decoder(demuxer.track.pointee.codecpar.pointee.codec_id), nil)
  }

  /// The matrix by which the first frame is to be shown (H.264's display orientation), where it carries one.
  func firstMatrix() -> Orientation? {
    if ahead == nil { ahead = Result { try decode() } }
    guard case .success(let first?)? = ahead else { return nil }
    return Self.matrix(first.frame)
  }

  static func matrix(_ frame: UnsafeMutablePointer<AVFrame>) -> Orientation? {
    guard let side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX), side.pointee.size >= 36,
      let data = side.pointee.data
    else { return nil }
    return data.withMemoryRebound(to: Int32.self, capacity: 9) { Orientation(matrix: $0) }
  }

  /// The next decoded frame, valid until the next call, and its time in seconds (nil when it carries none). Nil at the
  /// end.
  /// - Throws: `VideoStop`.
  func next() throws -> Decoded? {
    if let ahead {
      self.ahead = nil
      return try ahead.get()
    }
    return try decode()
  }

  private func decode() throws -> Decoded? {
    guard let codec, let packet else { return nil }
    while true {
      av_frame_unref(box.frame)
      let got = avcodec_receive_frame(codec, box.frame)
      if got >= 0 {
        let frame = box.frame.pointee
        guard FrameLayout.sides.contains(Int(frame.width)), FrameLayout.sides.contains(Int(frame.height)) else {
          throw VideoStop(.frameSides, Int(frame.width), Int(frame.height))
        }
        if frame.flags & AV_FRAME_FLAG_CORRUPT != 0 { damaged += 1 }
        let ticks = frame.best_effort_timestamp
        return (box.frame, ticks == orrery_av_nopts() ? nil : Double(ticks) * secondsPerTick)
      }
      if got == orrery_averror_eof() || draining && got == orrery_averror_eagain() { return nil }
      if got != orrery_averror_eagain() {
        try requireRoom(after: got)
        damaged += 1
      }
      try feed(codec, packet)
    }
  }

  /// Something was damaged, unless memory is what lacks: then there is nothing to pass over. Decoders that had none say
  /// so in many ways, so it is tried whether a frame would find room.
  private func requireRoom(after code: Int32) throws {
    let p = demuxer.track.pointee.codecpar.pointee
    let frame = PlaneHash.bytes(CodedShape(format: Int(p.format), width: Int(p.width), height: Int(p.height)))
    let room = code == orrery_averror(ENOMEM) ? nil : malloc(frame + (1 << 20))
    guard let room else { throw VideoStop(.noMemory) }
    free(room)
  }

  private func feed(
    _ codec: UnsafeMutablePointer<AVCodecContext>, _ packet: UnsafeMutablePointer<AVPacket>
  ) throws {
    while !draining {
      av_packet_unref(packet)
      let read = demuxer.read(packet)
      if read < 0 {
        if read == orrery_averror(ENOMEM) { throw VideoStop(.noMemory) }
        // A short file ends like any other; the count of frames tells them apart.
        draining = true
        let ended = avcodec_send_packet(codec, nil)
        if ended < 0 { try requireRoom(after: ended) }
        return
      }
      guard packet.pointee.stream_index == demuxer.stream else { continue }
      let sent = avcodec_send_packet(codec, packet)
      if sent < 0 {
        try requireRoom(after: sent)
        damaged += 1
      }
      return
    }
  }
}
