import Files
import Frames
import Synchronization

/// A film whose frames are read by number; who reads on where the last one ended need not begin anew.
final class FilmReel: Sendable {
  let path: String
  let height: Int, width: Int
  let fps: FrameRate?
  /// As its header says; nil when it says nothing.
  let frames: Int?
  /// No film has more frames than bytes.
  let mostFrames: Int
  let bytes: Int

  private final class Open {
    let video: DecodedVideo
    var next = 0
    init(_ video: DecodedVideo) { self.video = video }
  }

  private let open = Mutex<Open?>(nil)

  init(_ path: String) throws {
    self.path = path
    let file = try OpenedFile(path), info = try DecodedVideo(file, limits: .usual).info
    bytes = file.count
    mostFrames = min(info.frames ?? file.count, file.count)
    let layout = try FrameLayout(info: info, size: nil, crop: .none, at: path)
    (height, width, frames) = (layout.height, layout.width, info.frames)
    fps = info.rateNote == nil ? info.fps : nil
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3
    try open.withLock { open in
      let reel: Open
      if let known = open, known.next <= range.lowerBound {
        reel = known
      } else {
        let video = try DecodedVideo(OpenedFile(path), limits: .usual)
        video.start(try FrameLayout(info: video.info, size: nil, crop: .none, at: path), planes: false)
        reel = Open(video)
      }
      open = nil
      while reel.next < range.upperBound {
        guard let frame = try reel.video.next() else {
          throw Problem(
            "the film ends after \(reel.next) frames, and \(range.upperBound) are needed", at: path,
            fix: "copy the film again")
        }
        defer { reel.next += 1 }
        guard reel.next >= range.lowerBound else { continue }
        guard frame.pixels.count == row else { throw Problem("the film's frames have two sizes", at: path) }
        let at = (reel.next - range.lowerBound) * row
        frame.pixels.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: out[at..<at + row]).copyMemory(from: $0)
        }
      }
      open = reel
    }
  }
}
