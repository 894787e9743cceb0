import CAV
import Files
import Foundation
import Frames

/// A file taken apart into streams, and the one among them that is its film.
final class Demuxer {
  let file: OpenedFile
  let format: UnsafeMutablePointer<AVFormatContext>
  let track: UnsafeMutablePointer<AVStream>
  let stream: Int32
  private let input: VideoInput

  /// - Parameter isProbed: whether packets are looked into for what the header does not say.
  init(_ file: OpenedFile, isProbed: Bool = true) throws {
    AV.quiet()
    self.file = file
    input = try VideoInput(file)
    var context = avformat_alloc_context()
    guard context != nil else { throw VideoStop(.noMemory) }
    context?.pointee.pb = input.context
    // Files that name other files (playlists, references) get none of them.
    var options: OpaquePointer?
    av_dict_set(&options, "protocol_whitelist", "none", 0)
    defer { av_dict_free(&options) }
    // The name helps to tell formats that look alike.
    let opened = avformat_open_input(&context, (file.path as NSString).lastPathComponent, nil, &options)
    guard opened >= 0, let context else {
      throw VideoStop(libav: opened, PictureOrientation.isHEIF(file) ? .heif : .noVideoFile)
    }
    do {
      let found = isProbed ? avformat_find_stream_info(context, nil) : 0
      guard found >= 0 else { throw VideoStop(libav: found, .noStreams) }
      (stream, track) = try Self.film(context, isHEIF: PictureOrientation.isHEIF(file))
    } catch {
      var context: UnsafeMutablePointer<AVFormatContext>? = context
      avformat_close_input(&context)
      throw error
    }
    format = context
  }

  deinit {
    var format: UnsafeMutablePointer<AVFormatContext>? = format
    avformat_close_input(&format)
  }

  /// The best video stream that is no cover picture.
  private static func film(
    _ format: UnsafeMutablePointer<AVFormatContext>, isHEIF: Bool
  ) throws -> (Int32, UnsafeMutablePointer<AVStream>) {
    let tracks = (0..<Int(format.pointee.nb_streams)).compactMap { i in format.pointee.streams[i].map { (i, $0) } }
    let pictures = tracks.filter { $0.1.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }
    let films = pictures.filter { $0.1.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0 }
    guard !films.isEmpty else {
      throw VideoStop(!pictures.isEmpty ? .onlyCover : isHEIF ? .heif : .noVideo)
    }
    let best = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
    let chosen = films.first { $0.0 == Int(best) } ?? films[0]
    return (Int32(chosen.0), chosen.1)
  }

  /// The next packet, of any stream. - Returns: below zero at the end, and where nothing more can be read.
  func read(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 { av_read_frame(format, packet) }

  /// MP4 and MOV: the header lists every sample.
  private var hasWholeIndex: Bool { String(cString: format.pointee.iformat.pointee.name).contains("mp4") }

  /// Decoding times of the samples that are shown, where the header lists them.
  private lazy var listed: [Int64] = {
    guard hasWholeIndex else { return [] }
    var times: [Int64] = [], time: Int64 = 0, isHidden: Int32 = 0
    for i in 0..<avformat_index_get_entries_count(track) where orrery_index_entry(track, i, &time, &isHidden) != 0 {
      if isHidden == 0 { times.append(time) }
    }
    return times
  }()

  /// Frames the container announces: those it shows, where an edit list shows not all; nil when it says nothing.
  var announced: Int? {
    let count = Int(track.pointee.nb_frames)
    guard count > 0 else { return nil }
    return listed.isEmpty ? count : listed.count
  }

  /// The rate of the film: how far frames usually lie apart. Nil where the file says nothing usable.
  var rate: FrameRate? {
    let mean = FrameTiming.sane(track.pointee.avg_frame_rate), guess = FrameTiming.sane(track.pointee.r_frame_rate)
    let tick = track.pointee.time_base
    guard tick.num > 0, tick.den > 0 else { return mean ?? guess }
    let tickRate = FrameRate(Int(tick.den), Int(tick.num))
    // Where both agree the distance is constant.
    if listed.isEmpty, mean != nil, mean == guess { return mean }
    let times = listed.isEmpty ? sampled() : listed
    return FrameTiming.usual(times, ticks: tickRate, mean: mean) ?? mean ?? guess
  }

  /// The rate of a file's film, from its header where that says it.
  static func rate(of file: OpenedFile) throws -> FrameRate? {
    let quick = try Demuxer(file, isProbed: false)
    return try quick.listed.isEmpty ? Demuxer(file).rate : quick.rate
  }

  /// Times of the film's first packets, in order; from a second look at the file, so that this one has lost nothing.
  private func sampled() -> [Int64] {
    guard let again = try? Demuxer(file, isProbed: true), again.stream == stream else { return [] }
    var packet = av_packet_alloc(), times: [Int64] = [], read = 0
    defer { av_packet_free(&packet) }
    guard let packet else { return [] }
    while times.count < 600, read < 20_000, again.read(packet) >= 0 {
      read += 1
      if packet.pointee.stream_index == stream {
        let p = packet.pointee, time = p.pts != orrery_av_nopts() ? p.pts : p.dts
        if time != orrery_av_nopts() { times.append(time) }
      }
      av_packet_unref(packet)
    }
    return times.sorted()
  }
}
