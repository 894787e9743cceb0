import Files
import Frames

/// Which part of the shown picture is kept.
public enum Crop: Sendable, Equatable {
  case none
  /// The largest centred rectangle of the output's aspect.
  case center
  case rectangle(x: Int, y: Int, width: Int, height: Int)

  /// Reads "none", "center" or "x,y,w,h".
  public init?(parsing text: String) {
    switch text {
    case "none": self = .none
    case "center": self = .center
    default:
      let n = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard n.count == 4, let x = n[0], let y = n[1], let w = n[2], let h = n[3], x >= 0, y >= 0,
        (1...16384).contains(w), (1...16384).contains(h),
        x <= 16384, y <= 16384
      else { return nil }
      self = .rectangle(x: x, y: y, width: w, height: h)
    }
  }

  public var description: String {
    switch self {
    case .none: "none"
    case .center: "center"
    case .rectangle(let x, let y, let w, let h): "\(x),\(y),\(w),\(h)"
    }
  }
}

/// Streams a video file as RGB frames of one size at one constant rate.
///
/// Pictures are laid and toned as they are meant to be shown. A frame is shown from its timestamp until the next one's;
/// sampling that at the wanted rate is what drops and repeats frames, and `report` says how many. A pause in the
/// recording is left out, not filled. Downscaling averages areas; every conversion is bit-exact. A child decodes; this
/// process sees its frames.
public final class VideoReader {
  public struct Report: Sendable, Equatable {
    /// Frames decoded, given out, passed over and repeated to hold the rate, and damaged.
    public var decoded = 0, delivered = 0, dropped = 0, duplicated = 0, damaged = 0
    /// Pauses of the recording, and the seconds they took.
    public var pauses = 0, paused = 0.0
    /// Frames coded at another size than the stream's, and scaled to it.
    public var resized = 0
    /// What a user should hear, in sentences.
    public var notes: [String] = []
    /// Of `notes`, that the file names no frame rate: means nothing of a single picture.
    public var rateNote: String?
  }

  public let path: String
  public let info: VideoInfo
  public let fps: FrameRate
  /// Size of the frames given out.
  public let width: Int, height: Int
  public private(set) var report = Report()

  private let video: DecodedVideo
  private let layout: FrameLayout
  private let limits: DecodeLimits
  private var planes: PlaneHash?
  /// Whether the recording paused before the frame `next` gave last.
  public private(set) var isAfterPause = false
  private var current: [UInt8]?, currentUsed = false
  private var upcoming: (pixels: [UInt8], time: Double, isAfterPause: Bool)?
  /// A pause since the last frame that was given.
  private var hasPaused = false
  private var firstTime: Double?, lastTime = 0.0
  private var ended = false
  private static let mostRepeats = 100_000

  /// - Parameters:
  ///   - size: of the frames given out; nil keeps the (cropped) picture's own.
  ///   - fps: the constant rate wanted; nil keeps the file's.
  ///   - hashing: also compute `planesSHA256` while reading.
  ///   - limits: on what decoding may take.
  /// - Throws: `Problem` when the file is no readable video or the crop lies outside it.
  public convenience init(
    path: String, size: (width: Int, height: Int)? = nil, crop: Crop = .none, fps: FrameRate? = nil,
    hashing: Bool = false, limits: DecodeLimits = .usual
  ) throws {
    try self.init(OpenedFile(path), size: size, crop: crop, fps: fps, hashing: hashing, limits: limits)
  }

  /// The same of a file that is open.
  public init(
    _ file: OpenedFile, size: (width: Int, height: Int)? = nil, crop: Crop = .none, fps: FrameRate? = nil,
    hashing: Bool = false, limits: DecodeLimits = .usual
  ) throws {
    video = try DecodedVideo(file, limits: limits)
    (path, info, self.limits) = (file.path, video.info, limits)
    self.fps = fps ?? info.fps
    layout = try FrameLayout(info: info, size: size, crop: crop, at: path)
    (width, height) = (layout.width, layout.height)
    video.start(layout, planes: hashing)
    (report.notes, report.rateNote) = (info.notes, info.rateNote)
    if hashing { planes = PlaneHash(announced: info.frames) }
  }

  /// The part of the shown picture that is kept, in its pixels.
  public var keptCrop: (x: Int, y: Int, width: Int, height: Int) {
    (layout.crop.x, layout.crop.y, layout.crop.width, layout.crop.height)
  }

  /// The decoding child's, while it works; for tests.
  package var processID: Int32? { video.processID }

  /// The next frame's `height · width · 3` bytes, or nil at the end.
  public func next() throws -> [UInt8]? {
    if current == nil, !ended {
      guard let first = try decode() else { try finish(); return nil }
      current = first.pixels
      (firstTime, lastTime) = (first.time, first.time)
      upcoming = try decode()
    }
    guard let firstTime else { return nil }
    let slot = firstTime + Double(report.delivered) / fps.perSecond
    // A quarter of a source frame absorbs the jitter of rounded timestamps.
    let slack = 0.25 / info.fps.perSecond
    while let frame = upcoming, frame.time <= slot + slack {
      if !currentUsed { report.dropped += 1 }
      (current, currentUsed, lastTime) = (frame.pixels, false, frame.time)
      hasPaused = hasPaused || frame.isAfterPause
      upcoming = try decode()
    }
    guard let pixels = current, upcoming != nil || slot < lastTime + 1 / info.fps.perSecond - slack else {
      if !ended { try finish() }
      return nil
    }
    if currentUsed {
      report.duplicated += 1
      guard report.duplicated <= Self.mostRepeats else {
        throw Problem(
          "the timestamps leave a gap that would repeat more than \(Self.mostRepeats) frames", at: path,
          fix: "cut the file at the gap, or ask for a lower frame rate")
      }
    }
    currentUsed = true
    (isAfterPause, hasPaused) = (hasPaused, false)
    report.delivered += 1
    return pixels
  }

  /// One frame as RGB with its time in the film without its pauses; timestamps that are missing or run backwards
  /// are replaced by steady ones.
  private func decode() throws -> (pixels: [UInt8], time: Double, isAfterPause: Bool)? {
    guard let frame = try video.next({ planes?.add($0, $1) }) else { return nil }
    if (frame.shape.width, frame.shape.height) != (info.width, info.height) { report.resized += 1 }
    let (pixels, stamp) = (frame.pixels, frame.time)
    guard let before = upcoming?.time ?? (firstTime == nil ? nil : lastTime) else { return (pixels, stamp ?? 0, false) }
    let usual = before + 1 / info.fps.perSecond
    guard let stamp, stamp.isFinite, stamp - report.paused > before else { return (pixels, usual, false) }
    let time = stamp - report.paused
    guard time - before > FrameTiming.longest(at: info.fps) else { return (pixels, time, false) }
    report.pauses += 1
    report.paused += time - usual
    return (pixels, usual, true)
  }

  private func finish() throws {
    ended = true
    if current != nil, !currentUsed { report.dropped += 1 }
    report.decoded = video.decoded
    report.damaged = video.damaged
    guard report.decoded > 0 else {
      throw Problem("no frame of the video can be decoded", at: path, fix: "check that the file plays")
    }
    if let announced = info.frames, announced > report.decoded {
      report.notes.append(
        "the file announces \(announced) frames but only \(report.decoded) can be decoded; it may be truncated")
    }
    if report.resized > 0 {
      report.notes.append(
        "\(Text.counted(report.resized, "frame")) \(report.resized == 1 ? "is" : "are") coded at another size than \(info.width)x\(info.height) and \(report.resized == 1 ? "was" : "were") scaled to it"
      )
    }
    if report.damaged > 0 {
      report.notes.append(
        "\(Text.counted(report.damaged, "frame or packet", "frames or packets")) \(report.damaged == 1 ? "is" : "are") damaged"
      )
    }
    if report.pauses > 0 {
      report.notes.append(
        "the recording has \(Text.counted(report.pauses, "pause")) (\(Text.short(report.paused)) s), left out, not filled"
      )
    }
    if report.dropped > 0 || report.duplicated > 0 {
      report.notes.append(
        "at \(fps) frames a second, \(Text.counted(report.dropped, "source frame")) \(report.dropped == 1 ? "is" : "are") dropped and \(report.duplicated) repeated"
      )
    }
  }

  /// Reads on to the end without giving frames out, then the hash of the decoded planes:
  /// SHA-256 of `pixel format ‖ 0 ‖ u32le width, height, count ‖ planes`, independent of container and RGB conversion.
  public func planesSHA256() throws -> String {
    guard planes != nil else { return try Self.planesSHA256(video.file, limits: limits) }
    while try next() != nil {}
    while try video.next({ planes?.add($0, $1) }) != nil {}
    return try planes?.finish() ?? Self.planesSHA256(video.file, count: video.decoded, limits: limits)
  }

  /// The hash of a file's decoded planes, decoding it once, or twice when its header miscounts its frames.
  public static func planesSHA256(path: String, limits: DecodeLimits = .usual) throws -> String {
    try planesSHA256(OpenedFile(path), limits: limits)
  }

  /// The same of a file that is open.
  package static func planesSHA256(
    _ file: OpenedFile, count: Int? = nil, limits: DecodeLimits = .usual
  ) throws -> String {
    let video = try DecodedVideo(file, limits: limits), path = file.path
    var hash = PlaneHash(announced: count ?? video.info.frames ?? 0)
    video.start(nil, planes: true)
    while try video.next({ hash.add($0, $1) }) != nil {}
    guard video.decoded > 0 else { throw Problem("no frame of the video can be decoded", at: path) }
    if let text = hash.finish() { return text }
    guard count == nil else {
      throw Problem(
        "the video decodes differently each time, so it cannot be identified by its frames", at: path,
        fix: "check the file for damage")
    }
    return try planesSHA256(file, count: video.decoded, limits: limits)
  }

  /// A whole file (or its first `limit` frames) in memory, refused past 8 GiB.
  public static func read(
    _ path: String, size: (width: Int, height: Int)? = nil, crop: Crop = .none, fps: FrameRate? = nil,
    limit: Int = .max, limits: DecodeLimits = .usual
  ) throws -> Frames {
    try reading(OpenedFile(path), size: size, crop: crop, fps: fps, limit: limit, limits: limits).frames
  }

  /// The same with what was dropped, repeated or damaged on the way.
  public static func reading(
    _ file: OpenedFile, size: (width: Int, height: Int)? = nil, crop: Crop = .none, fps: FrameRate? = nil,
    limit: Int = .max, limits: DecodeLimits = .usual
  ) throws -> (frames: Frames, report: Report) {
    let reader = try VideoReader(file, size: size, crop: crop, fps: fps, limits: limits)
    var pixels: [UInt8] = [], count = 0
    while count < limit, let frame = try reader.next() {
      guard pixels.count + frame.count <= 1 << 33 else {
        throw Problem(
          "the video is larger than 8 GiB once decoded", at: file.path,
          fix: "ask for a smaller size, a lower rate or fewer frames")
      }
      pixels += frame
      count += 1
    }
    return (
      Frames(count: count, height: reader.height, width: reader.width, pixels: pixels, fps: reader.fps), reader.report
    )
  }
}
