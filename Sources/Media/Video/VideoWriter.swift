import CAV
import Files
import Foundation
import Frames

/// Writes H.264 that players, editors and browsers agree about: yuv420p, BT.709 and limited range tagged in stream and
/// container, constant frame rate, index at the front. Beside its final name until `finish` renames it.
public final class VideoWriter {
  public struct Options: Sendable {
    /// x264's constant quality: 0 lossless, 16 visually so, 23 its default.
    public var crf: Int
    /// Each pixel becomes scale × scale, so that a 64×64 clip can be watched.
    public var scale: Int
    /// 0 uses every core; 1 gives the same bytes every time.
    public var threads: Int
    public var preset: String
    /// Container tags, such as "title" and "comment".
    public var metadata: [String: String]

    public init(
      crf: Int = 16, scale: Int = 1, threads: Int = 0, preset: String = "medium", metadata: [String: String] = [:]
    ) {
      (self.crf, self.scale, self.threads, self.preset, self.metadata) = (crf, scale, threads, preset, metadata)
    }
  }

  public let path: String
  /// Size of the frames given, and of the frames coded: scaled, then padded to even sides.
  public let width: Int, height: Int, codedWidth: Int, codedHeight: Int
  public let fps: FrameRate
  public private(set) var count = 0

  private let options: Options
  private let output: AsideFile
  private let scaler = Scaler()
  private let box: AVFrameBox
  private var picture: [UInt8]
  private var format: UnsafeMutablePointer<AVFormatContext>?
  private var codec: UnsafeMutablePointer<AVCodecContext>?
  private var packet: UnsafeMutablePointer<AVPacket>?

  /// - Throws: `Problem` for an unknown extension (mp4, mov or mkv), sizes out of range, or a place that cannot be
  ///   written.
  public init(path: String, width: Int, height: Int, fps: FrameRate, options: Options = Options()) throws {
    AV.quiet()
    let kinds = ["mp4": "mp4", "m4v": "mp4", "mov": "mov", "mkv": "matroska"]
    guard let kind = kinds[(path as NSString).pathExtension.lowercased()] else {
      throw Problem.usage(
        "the video's name does not end in a known extension", at: path, expected: ".mp4, .mov or .mkv")
    }
    guard (1...64).contains(options.scale), (1...16384).contains(width), (1...16384).contains(height),
      width * options.scale <= 16384, height * options.scale <= 16384
    else {
      throw Problem.usage(
        "a video of \(width)x\(height) at scale \(options.scale) cannot be coded", at: path,
        expected: "sides from 1 to 16384")
    }
    guard (0...51).contains(options.crf), (0...64).contains(options.threads), fps.numerator <= 1_000_000,
      fps.denominator <= 1_000_000
    else {
      throw Problem.usage(
        "crf \(options.crf), \(options.threads) threads or the rate \(fps) is out of range", at: path,
        expected: "crf 0 to 51, 0 to 64 threads")
    }
    (self.path, self.width, self.height, self.fps, self.options) = (path, width, height, fps, options)
    (codedWidth, codedHeight) = ((width * options.scale + 1) / 2 * 2, (height * options.scale + 1) / 2 * 2)
    picture = [UInt8](repeating: 0, count: codedWidth * codedHeight * 3 + 64)
    box = try AVFrameBox()
    output = try AsideFile(path, kind: "video")
    do { try begin(kind) } catch {
      discard()
      throw error
    }
  }

  deinit { discard() }

  private func begin(_ kind: String) throws {
    guard let encoder = avcodec_find_encoder_by_name("libx264") else {
      throw Problem(
        "libav was built without libx264", at: path, fix: "apt-get install libavcodec59 (Debian's own build has it)")
    }
    // The muxer opens the file a second time, by this name, to move the index to the front.
    try check(avformat_alloc_output_context2(&format, nil, kind, "file:" + output.aside))
    packet = av_packet_alloc()
    codec = avcodec_alloc_context3(encoder)
    guard let format, let codec, packet != nil, let stream = avformat_new_stream(format, nil) else {
      throw Problem("out of memory", at: path)
    }
    codec.pointee.width = Int32(codedWidth)
    codec.pointee.height = Int32(codedHeight)
    codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    codec.pointee.time_base = AVRational(num: Int32(fps.denominator), den: Int32(fps.numerator))
    codec.pointee.framerate = AVRational(num: Int32(fps.numerator), den: Int32(fps.denominator))
    codec.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
    codec.pointee.color_primaries = AVCOL_PRI_BT709
    codec.pointee.color_trc = AVCOL_TRC_BT709
    codec.pointee.colorspace = AVCOL_SPC_BT709
    codec.pointee.color_range = AVCOL_RANGE_MPEG
    codec.pointee.chroma_sample_location = AVCHROMA_LOC_LEFT
    codec.pointee.thread_count = Int32(options.threads)
    codec.pointee.flags |= AV_CODEC_FLAG_BITEXACT
    if format.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
      codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    }
    format.pointee.flags |= AVFMT_FLAG_BITEXACT
    try check(av_opt_set(codec.pointee.priv_data, "preset", options.preset, 0))
    try check(av_opt_set(codec.pointee.priv_data, "crf", String(options.crf), 0))
    // x264's macroblock tree reads memory nobody wrote when frames are small, and then chooses differently from run to
    // run.
    if options.threads == 1 { try check(av_opt_set(codec.pointee.priv_data, "x264-params", "mbtree=0", 0)) }
    try check(avcodec_open2(codec, encoder, nil))
    try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec))
    stream.pointee.time_base = codec.pointee.time_base
    stream.pointee.avg_frame_rate = codec.pointee.framerate
    for (name, value) in options.metadata.sorted(by: { $0.key < $1.key }) {
      av_dict_set(&format.pointee.metadata, name, value, 0)
    }
    try check(avio_open(&format.pointee.pb, "file:" + output.aside, AVIO_FLAG_WRITE))
    var settings: OpaquePointer?
    defer { av_dict_free(&settings) }
    if kind != "matroska" { av_dict_set(&settings, "movflags", "+faststart+write_colr", 0) }
    try check(avformat_write_header(format, &settings))
    box.frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
    box.frame.pointee.width = Int32(codedWidth)
    box.frame.pointee.height = Int32(codedHeight)
    box.frame.pointee.color_range = AVCOL_RANGE_MPEG
    box.frame.pointee.colorspace = AVCOL_SPC_BT709
    try check(av_frame_get_buffer(box.frame, 0))
  }

  private func check(_ code: Int32) throws { if code < 0 { throw AV.writeProblem(path, code) } }

  /// Codes every frame of `frames`, whose size must be the writer's. Its rate is not looked at.
  public func append(_ frames: Frames) throws {
    guard frames.width == width, frames.height == height else {
      throw Problem("frames of \(frames.width)x\(frames.height) do not fit", at: path, expected: "\(width)x\(height)")
    }
    guard let codec else { throw Problem("the video is already finished", at: path) }
    let context = try scaler.context(
      Scaler.Key(
        from: AV_PIX_FMT_RGB24, width: Int32(codedWidth), height: Int32(codedHeight), to: AV_PIX_FMT_YUV420P,
        outWidth: Int32(codedWidth),
        outHeight: Int32(codedHeight), matrix: SWS_CS_ITU709, fromFull: true, toFull: false))
    for i in 0..<frames.count {
      frames.pixels.withUnsafeBufferPointer { enlarge($0.baseAddress! + i * frames.frameBytes) }
      try check(av_frame_make_writable(box.frame))
      guard
        orrery_sws_rgb_to_frame(context, picture, Int32(codedWidth * 3), Int32(codedHeight), box.frame) == codedHeight
      else {
        throw Problem("frame \(count) cannot be converted", at: path)
      }
      box.frame.pointee.pts = Int64(count)
      try check(avcodec_send_frame(codec, box.frame))
      count += 1
      try drain()
    }
  }

  /// Fills `picture`: nearest neighbour by `scale`, the last column and row repeated where a side was odd.
  private func enlarge(_ source: UnsafePointer<UInt8>) {
    let (scale, width, height, row) = (options.scale, width, height, codedWidth * 3)
    let (codedWidth, codedHeight) = (codedWidth, codedHeight)
    picture.withUnsafeMutableBufferPointer { out in
      let out = out.baseAddress!
      for y in 0..<codedHeight {
        let to = out + y * row
        if scale > 1, y % scale != 0, y < height * scale { to.update(from: to - row, count: row); continue }
        let from = source + min(y / scale, height - 1) * width * 3
        if scale == 1, codedWidth == width { to.update(from: from, count: row); continue }
        for x in 0..<codedWidth {
          let pixel = from + min(x / scale, width - 1) * 3
          to[x * 3] = pixel[0]
          to[x * 3 + 1] = pixel[1]
          to[x * 3 + 2] = pixel[2]
        }
      }
    }
  }

  private func drain() throws {
    guard let format, let codec, let packet, let stream = format.pointee.streams[0] else { return }
    while true {
      let got = avcodec_receive_packet(codec, packet)
      if got == orrery_averror_eagain() || got == orrery_averror_eof() { return }
      try check(got)
      // The last frame lasts as long as the others only if each packet says how long that is.
      packet.pointee.duration = 1
      av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
      packet.pointee.stream_index = 0
      try check(av_interleaved_write_frame(format, packet))
    }
  }

  /// Codes what is waiting, writes the index, syncs and renames the file to its name.
  public func finish() throws {
    guard let codec, let format else { throw Problem("the video is already finished", at: path) }
    guard count > 0 else { throw Problem("the video would have no frames", at: path) }
    try check(avcodec_send_frame(codec, nil))
    try drain()
    try check(av_write_trailer(format))
    let failed = format.pointee.pb.pointee.error
    try check(failed)
    try check(avio_closep(&format.pointee.pb))
    try output.commit()
    discard()
  }

  private func discard() {
    avcodec_free_context(&codec)
    av_packet_free(&packet)
    if let format {
      if format.pointee.pb != nil { avio_closep(&format.pointee.pb) }
      avformat_free_context(format)
    }
    format = nil
    output.discard()
  }

  /// One clip, whole.
  public static func write(_ frames: Frames, to path: String, options: Options = Options()) throws {
    let writer = try VideoWriter(
      path: path, width: frames.width, height: frames.height, fps: frames.fps, options: options)
    try writer.append(frames)
    try writer.finish()
  }
}
