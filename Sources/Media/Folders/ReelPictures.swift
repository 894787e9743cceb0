import Files

/// Some frames of a film that several clips share.
struct ReelPictures: ClipPictures {
  let frames: Int
  var height: Int { reel.height }
  var width: Int { reel.width }
  private let reel: FilmReel
  private let start: Int

  init(_ reel: FilmReel, from start: Int, frames: Int, place: String) throws {
    guard start >= 0, frames > 0, frames <= reel.mostFrames, start <= reel.mostFrames - frames else {
      throw Problem(
        "the film has \(reel.frames.map(String.init) ?? "at most \(reel.mostFrames)") frames in \(Text.bytes(reel.bytes)), and \(frames) from number \(start) on are needed",
        at: place,
        fix: "copy the film again")
    }
    (self.reel, self.start, self.frames) = (reel, start, frames)
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    try reel.read(start + range.lowerBound..<start + range.upperBound, into: out)
  }
}
