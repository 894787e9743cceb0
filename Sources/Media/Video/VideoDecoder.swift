import CAV
import Files
import Foundation
import Frames

/// What a video file says about itself.
public struct VideoInfo: Sendable, Equatable {
  /// As coded; `rotation` turns it to how it is shown.
  public var width: Int, height: Int
  public var fps: FrameRate
  /// Frames the container announces; nil when it says nothing.
  public var frames: Int?
  public var seconds: Double?
  public var codec: String, pixelFormat: String
  /// Degrees clockwise to turn the coded picture by: 0, 90, 180 or 270.
  public var rotation: Int
  /// Names after ITU-T H.273 as libav writes them ("bt709", "tv"); "unknown" when untagged.
  public var primaries: String, transfer: String, matrix: String, range: String
  /// Things a user should hear: pixels that are not square, a missing rate.
  public var notes: [String]
  /// Of `notes`, that the rate is assumed; nil where the file names one.
  public var rateNote: String?
}

/// Demuxes and decodes the best video stream of a file, frame by frame, as coded.
package final class VideoDecoder {
  package let path: String
  package let info: VideoInfo
  /// Packets the decoder refused, and frames it marked as damaged.
  private(set) var damaged = 0
  private(set) var decoded = 0

  private var format: UnsafeMutablePointer<AVFormatContext>?
  private var codec: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?
  private let stream: Int32
  private let box: AVFrameBox
  private let secondsPerTick: Double
  private var draining = false

  package init(path: String) throws {
    AV.quiet()
    self.path = path
    box = try AVFrameBox()
    try Disk.open(path).close()
    // "file:" keeps a name such as "http://…" or "concat:…" from meaning more than a file, and the list keeps playlists
    // inside too.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "file", 0)
    defer { av_dict_free(&options) }
    let opened = avformat_open_input(&format, "file:" + path, nil, &options)
    guard opened >= 0, let format else {
      throw Problem(
        "this is not a video that can be read: \(AV.text(opened))", at: path,
        expected: "mp4, mov, mkv, mpg or another format libav knows",
        fix: "check that the file plays; a recording cut short lacks its index and must be repaired first")
    }
    var problem: Problem?
    let found = avformat_find_stream_info(format, nil)
    if found < 0 { problem = Problem("the streams cannot be read: \(AV.text(found))", at: path) }
    var decoder: UnsafePointer<AVCodec>?
    stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0)
    packet = av_packet_alloc()
    guard problem == nil, stream >= 0, let decoder, let track = format.pointee.streams[Int(stream)],
      let parameters = track.pointee.codecpar, packet != nil
    else {
      avformat_close_input(&self.format)
      av_packet_free(&packet)
      throw problem ?? Problem("the file holds no video", at: path)
    }
    codec = avcodec_alloc_context3(decoder)
    var code = codec.map { avcodec_parameters_to_context($0, parameters) } ?? -ENOMEM
    if code >= 0 {
      codec!.pointee.pkt_timebase = track.pointee.time_base
      codec!.pointee.thread_count = 0
      code = avcodec_open2(codec, decoder, nil)
    }
    let size = parameters.pointee
    guard code >= 0, (1...16384).contains(size.width), (1...16384).contains(size.height) else {
      let what =
        code < 0 ? "the video cannot be decoded: \(AV.text(code))" : "the frames are \(size.width)x\(size.height)"
      avcodec_free_context(&codec)
      avformat_close_input(&self.format)
      av_packet_free(&packet)
      throw Problem(what, at: path, expected: "video with sides from 1 to 16384")
    }
    secondsPerTick = av_q2d(track.pointee.time_base)
    info = Self.describe(format, track, String(cString: avcodec_get_name(size.codec_id)))
  }

  deinit {
    avcodec_free_context(&codec)
    avformat_close_input(&format)
    av_packet_free(&packet)
  }

  private static func describe(
    _ format: UnsafeMutablePointer<AVFormatContext>, _ track: UnsafeMutablePointer<AVStream>, _ codec: String
  ) -> VideoInfo {
    let p = track.pointee.codecpar.pointee
    var notes: [String] = [], rateNote: String?
    func sane(_ r: AVRational) -> FrameRate? {
      r.num > 0 && r.den > 0 && (0.1...1000).contains(av_q2d(r)) ? FrameRate(Int(r.num), Int(r.den)) : nil
    }
    var fps = sane(track.pointee.avg_frame_rate) ?? sane(track.pointee.r_frame_rate)
    if fps == nil {
      fps = FrameRate(25)
      rateNote = "the file names no usable frame rate; 25 is assumed"
    }
    notes += [rateNote].compactMap { $0 }
    let aspect = track.pointee.sample_aspect_ratio.num > 0 ? track.pointee.sample_aspect_ratio : p.sample_aspect_ratio
    if aspect.num > 0, aspect.den > 0, aspect.num != aspect.den {
      notes.append("pixels are \(aspect.num):\(aspect.den), not square; the picture is not stretched to make up for it")
    }
    if p.field_order.rawValue > AV_FIELD_PROGRESSIVE.rawValue {
      notes.append("the video is interlaced; fields are not separated")
    }
    if let pixel = av_pix_fmt_desc_get(AVPixelFormat(p.format)) {
      if pixel.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0 {
        notes.append("the picture has transparency, which is left out")
      }
      if pixel.pointee.comp.0.depth > 8 {
        notes.append("\(pixel.pointee.comp.0.depth) bits a channel are rounded to 8")
      }
    }
    var rotation = 0
    if let matrix = av_stream_get_side_data(track, AV_PKT_DATA_DISPLAYMATRIX, nil) {
      let degrees = matrix.withMemoryRebound(to: Int32.self, capacity: 9) { av_display_rotation_get($0) }
      // libav counts anticlockwise; a matrix that only mirrors gives no number.
      if degrees.isFinite { rotation = ((Int((-degrees / 90).rounded()) % 4 + 4) % 4) * 90 }
    }
    func text(_ name: UnsafePointer<CChar>?) -> String { name.map { String(cString: $0) } ?? "unknown" }
    let duration =
      track.pointee.duration != orrery_av_nopts()
      ? Double(track.pointee.duration) * av_q2d(track.pointee.time_base)
      : format.pointee.duration > 0 ? Double(format.pointee.duration) / 1e6 : nil
    return VideoInfo(
      width: Int(p.width), height: Int(p.height), fps: fps!,
      frames: track.pointee.nb_frames > 0 ? Int(track.pointee.nb_frames) : nil,
      seconds: duration, codec: codec, pixelFormat: AV.name(AVPixelFormat(p.format)), rotation: rotation,
      primaries: text(av_color_primaries_name(p.color_primaries)), transfer: text(av_color_transfer_name(p.color_trc)),
      matrix: text(av_color_space_name(p.color_space)), range: text(av_color_range_name(p.color_range)), notes: notes,
      rateNote: rateNote)
  }

  /// The next decoded frame, valid until the next call, and its time in seconds (nil when it carries none). Nil at the
  /// end.
  package func next() throws -> (frame: UnsafeMutablePointer<AVFrame>, time: Double?)? {
    guard let codec, let format, let packet else { return nil }
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
      try feed(codec, format, packet)
    }
  }

  private func feed(
    _ codec: UnsafeMutablePointer<AVCodecContext>, _ format: UnsafeMutablePointer<AVFormatContext>,
    _ packet: UnsafeMutablePointer<AVPacket>
  ) throws {
    while !draining {
      av_packet_unref(packet)
      let read = av_read_frame(format, packet)
      if read < 0 {
        // A short file ends like any other; the count of frames tells them apart.
        draining = true
        avcodec_send_packet(codec, nil)
        return
      }
      guard packet.pointee.stream_index == stream else { continue }
      if avcodec_send_packet(codec, packet) < 0 { damaged += 1 }
      return
    }
  }
}
