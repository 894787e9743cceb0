import CAV
import Files
import Sandbox

/// Why a child cannot go on with a file, in numbers: the sentence is the parent's.
struct VideoStop: Error, Equatable {
  enum Reason: Int {
    /// No container; no streams; no film among them; a cover picture only.
    case noVideoFile = 1, noStreams, noVideo, onlyCover
    /// A HEIF picture, which libav does not take apart.
    case heif
    /// A codec that does not open; sides out of range, of the film and of a frame.
    case notDecodable, sides, frameSides
    /// A format that does not become RGB; no memory.
    case notConvertible, noMemory
  }

  let reason: Reason
  /// A side, a codec, a format; another side, or libav's code.
  let first: Int, second: Int

  init(_ reason: Reason, _ first: Int = 0, _ second: Int = 0) {
    (self.reason, self.first, self.second) = (reason, first, second)
  }

  /// What failed with libav's `code`; where that is for lack of memory, this is why.
  init(libav code: Int32, _ reason: Reason, _ first: Int = 0) {
    self = code == orrery_averror(ENOMEM) ? .init(.noMemory) : .init(reason, first, Int(code))
  }

  func write(_ out: inout WireWriter) {
    for value in [reason.rawValue, first, second] { out.put(value) }
  }

  init(_ wire: inout WireReader, reason: Int) throws {
    guard let reason = Reason(rawValue: reason) else { throw WireReader.Fault() }
    let number = Int(Int32.min)...Int(Int32.max)
    self.init(reason, try wire.int(number), try wire.int(number))
  }

  /// - Parameter none: what to say of a lack of memory, which is a limit's.
  func problem(at path: String, noMemory: () -> Problem) -> Problem {
    let why = AV.text(Int32(clamping: second))
    switch reason {
    case .noVideoFile:
      return Problem(
        "this is not a video that can be read: \(why)", at: path,
        expected: "mp4, mov, mkv, mpg or another format libav knows",
        fix: "check that the file plays; a recording cut short lacks its index and must be repaired first")
    case .noStreams: return Problem("the streams cannot be read: \(why)", at: path)
    case .noVideo: return Problem("the file holds no video", at: path)
    case .onlyCover:
      return Problem("the file holds no video, only a cover picture", at: path, fix: "leave the file out")
    case .heif:
      return Problem(
        "this is a HEIF picture (HEIC, AVIF) of a kind this libav does not read", at: path,
        fix: "save it as PNG or JPEG, laid as it is to be shown")
    case .notDecodable:
      return Problem(
        "the video (\(AV.codec(first))) cannot be decoded: \(why)", at: path,
        expected: "video with sides from 1 to 16384")
    case .sides:
      return Problem(
        "the frames are \(first)x\(second)", at: path, expected: "video with sides from 1 to 16384")
    case .frameSides: return Problem("a frame is \(first)x\(second)", at: path)
    case .notConvertible:
      return Problem(
        "a frame cannot be converted to RGB; its pixels are \(AV.name(AVPixelFormat(Int32(clamping: first))))", at: path
      )
    case .noMemory: return noMemory()
    }
  }
}
