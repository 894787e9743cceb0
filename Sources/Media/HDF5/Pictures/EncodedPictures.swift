import Files
import Frames
import Sandbox

/// Frames that are a JPEG or PNG picture each.
struct EncodedPictures: ClipPictures {
  let frames: Int, height: Int, width: Int
  /// The first picture's comments, which may say how it was made.
  let comments: [[UInt8]]
  /// Rows at the end that are empty.
  let lost: Int
  private let rows: EncodedRows
  private let kind: EncodedKind
  private let isSwapped: Bool, flip: Reading.Flip
  private let place: String

  /// Pictures at once.
  private static let batch = 64

  init(
    _ rows: EncodedRows, isSwapped: Bool, flip: Reading.Flip = .none, mayLoseEnd: Bool = false, place: String
  ) throws {
    var count = rows.count
    while mayLoseEnd, count > 0, try rows.bytes(count - 1..<count)[0].isEmpty { count -= 1 }
    guard count > 0, let first = try rows.bytes(0..<1).first else {
      throw Problem("'\(rows.node.path)' has no pictures: every row is empty", at: place, fix: "write the clip again")
    }
    guard let kind = EncodedKind(first), kind != .film else {
      throw Problem(
        "row 0 of '\(rows.node.path)' is no picture: \(first.isEmpty ? "it is empty" : "it begins with neither JPEG's nor PNG's signature")",
        at: place, expected: "JPEG or PNG pictures", fix: "write the clip again")
    }
    switch kind {
    case .jpeg:
      guard let header = JPEGHeader(first) else {
        throw Problem("the JPEG of frame 0 is cut or damaged", at: place, fix: "copy or write the clip again")
      }
      (height, width, comments) = (header.height, header.width, header.comments)
    default:
      let film = try FilmPictures.probe(first, place)
      (height, width, comments) = (film.height, film.width, [])
    }
    (self.rows, self.kind, frames, lost) = (rows, kind, count, rows.count - count)
    (self.isSwapped, self.flip, self.place) = (isSwapped, flip, place)
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.batch) {
      let some = first..<min(range.upperBound, first + Self.batch), at = (first - range.lowerBound) * row
      let room = UnsafeMutableRawBufferPointer(rebasing: out[at..<at + some.count * row])
      try decode(try rows.bytes(some), from: first, into: room)
    }
    if isSwapped {
      for at in stride(from: 0, to: out.count, by: 3) { (out[at], out[at + 2]) = (out[at + 2], out[at]) }
    }
    guard flip != .none else { return }
    for t in 0..<range.count {
      let frame = UnsafeMutableRawBufferPointer(rebasing: out[t * row..<(t + 1) * row])
      let copy = [UInt8](frame)
      for y in 0..<height {
        for x in 0..<width {
          let from = ((height - 1 - y) * width + (flip == .rowsAndColumns ? width - 1 - x : x)) * 3
          for c in 0..<3 { frame[(y * width + x) * 3 + c] = copy[from + c] }
        }
      }
    }
  }

  private func decode(_ pictures: [[UInt8]], from first: Int, into out: UnsafeMutableRawBufferPointer) throws {
    for (i, picture) in pictures.enumerated() {
      guard !picture.isEmpty else {
        throw Problem(
          "frame \(first + i) is empty: the conversion was cut off", at: place,
          fix: "write the clip again, or leave it out")
      }
      guard kind == .jpeg else { continue }
      guard let header = JPEGHeader(picture) else {
        throw Problem(
          "the JPEG of frame \(first + i) is cut or damaged", at: place, fix: "copy or write the clip again")
      }
      guard (header.width, header.height) == (width, height) else {
        throw Problem(
          "frame \(first + i) is \(header.width)x\(header.height), the first one \(width)x\(height)", at: place,
          expected: "frames of one size", fix: "write the clip with frames of one size, or leave it out")
      }
    }
    let row = height * width * 3
    guard kind == .jpeg else {
      for (i, picture) in pictures.enumerated() {
        try FilmPictures.read(
          picture, first + i, height: height, width: width, place,
          into: UnsafeMutableRawBufferPointer(rebasing: out[i * row..<(i + 1) * row]))
      }
      return
    }
    do { try JPEGPictures.decode(pictures, height: height, width: width, into: out) } catch let broken
      as JPEGPictures.Broken
    {
      throw Problem(
        "the JPEG of frame \(first + broken.index) is cut or damaged (\(broken.why))", at: place,
        fix: "copy or write the clip again")
    } catch let failure as SandboxFailure {
      throw failure.problem(
        "a JPEG of frames \(first) to \(first + pictures.count)", at: place,
        limits: SandboxLimits(processorSeconds: 0, seconds: 0, memory: 256 << 20), fix: "copy or write the clip again")
    }
  }
}
