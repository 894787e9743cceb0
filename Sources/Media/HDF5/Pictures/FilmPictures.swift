import Files
import Frames
import Glibc
import Sandbox

/// Frames of a film: a file, or bytes that are one. Decoded from its first frame on; what was decoded is kept for a while.
final class FilmPictures: ClipPictures {
  /// Where the film is.
  enum Source: Sendable {
    case file(String)
    /// A row of a dataset.
    case row(EncodedRows, Int)
    /// A part of a file.
    case part(OpenedFile, Range<Int>)
  }

  let frames: Int, height: Int, width: Int
  let fps: FrameRate?
  private let source: Source
  /// Frames of the film before the clip's first.
  private let start: Int
  private let cache: BlockCache, owner: Int
  private let isSwapped: Bool
  private let place: String

  /// - Parameter range: frames of the film; nil for all.
  init(
    _ source: Source, range: Range<Int>? = nil, isSwapped: Bool = false, _ cache: BlockCache, place: String
  ) throws {
    (self.source, self.cache, self.place, self.isSwapped) = (source, cache, place, isSwapped)
    owner = cache.owner()
    let file = try Self.open(source, place), video = try DecodedVideo(file, limits: .usual), info = video.info
    let layout = try FrameLayout(info: info, size: nil, crop: .none, at: place)
    (height, width) = (layout.height, layout.width)
    fps = info.rateNote == nil ? info.fps : nil
    var all = info.frames ?? 0
    guard all <= file.count else {
      throw Problem(
        "the film announces \(all) frames in \(Text.bytes(file.count))", at: place, fix: "copy the film again")
    }
    if info.frames == nil {
      video.start(nil, planes: false)
      while try video.next() != nil { all += 1 }
    }
    let range = range ?? 0..<all
    guard range.upperBound <= all else {
      throw Problem(
        "the film has \(all) frames, and \(range.upperBound) are needed", at: place, fix: "copy the film again")
    }
    guard !range.isEmpty else { throw Problem("the film has no frames", at: place, fix: "copy the film again") }
    (start, frames) = (range.lowerBound, range.count)
  }

  private static let mostPart = 1 << 30

  private static func open(_ source: Source, _ place: String) throws -> OpenedFile {
    switch source {
    case .file(let path): return try OpenedFile(path)
    case .part(let file, let range):
      guard range.count <= Self.mostPart else {
        throw Problem("the film is \(Text.bytes(range.count)), too large to be read out of another file", at: place)
      }
      return try Self.file(file.bytes(range), place)
    case .row(let rows, let row):
      guard let bytes = try rows.bytes(row..<row + 1).first, !bytes.isEmpty else {
        throw Problem(
          "row \(row) of '\(rows.node.path)' is empty", at: place, fix: "write the clip again, or leave it out")
      }
      return try file(bytes, place)
    }
  }

  /// Bytes as a file that has no name.
  private static func file(_ bytes: [UInt8], _ place: String) throws -> OpenedFile {
    let memory = try SharedMemory(count: bytes.count)
    memory.bytes.copyBytes(from: bytes)
    let copy = fcntl(memory.descriptor, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else {
      throw Problem("no more files can be opened: \(String(cString: strerror(errno)))", at: place)
    }
    return try OpenedFile(descriptor: copy, path: place)
  }

  /// Size of one picture.
  static func probe(_ bytes: [UInt8], _ place: String) throws -> (height: Int, width: Int) {
    let info = try DecodedVideo(file(bytes, place), limits: .usual).info
    return (info.height, info.width)
  }

  /// One picture.
  static func picture(_ bytes: [UInt8], _ place: String) throws -> (height: Int, width: Int, pixels: [UInt8]) {
    let video = try DecodedVideo(file(bytes, place), limits: .usual)
    let layout = try FrameLayout(info: video.info, size: nil, crop: .none, at: place)
    video.start(layout, planes: false)
    guard let frame = try video.next() else { throw Problem("a picture cannot be decoded", at: place) }
    return (layout.height, layout.width, frame.pixels)
  }

  /// A picture as frame `number` of a clip, whose other frames are as large. - Throws: `Problem` when it is not.
  static func read(
    _ bytes: [UInt8], _ number: Int, height: Int, width: Int, _ place: String,
    into out: UnsafeMutableRawBufferPointer
  ) throws {
    let picture = try picture(bytes, place)
    guard (picture.height, picture.width) == (height, width) else {
      throw Problem(
        "frame \(number) is \(picture.width)x\(picture.height), the first one \(width)x\(height)", at: place,
        expected: "frames of one size", fix: "write the clip with frames of one size, or leave it out")
    }
    picture.pixels.withUnsafeBytes { out.copyMemory(from: $0) }
  }

  /// Of a film, decoded and kept as one piece.
  private static let mostKept = 64 << 20

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3, all = frames * row
    guard all > Self.mostKept || range == 0..<frames else {
      let block = try cache.piece(.init(owner: owner, piece: 0), all) {
        let block = Block(all)
        try decode(0..<frames, into: UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<all]))
        return block
      }
      withExtendedLifetime(block) {
        out.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: block.bytes[range.lowerBound * row..<range.upperBound * row]))
      }
      return
    }
    try decode(range, into: out)
  }

  private func decode(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let video = try DecodedVideo(Self.open(source, place), limits: .usual), row = height * width * 3
    video.start(try FrameLayout(info: video.info, size: nil, crop: .none, at: place), planes: false)
    for number in 0..<start + range.upperBound {
      guard let frame = try video.next() else {
        throw Problem(
          "the film ends after \(number) frames, and \(start + frames) were announced", at: place,
          fix: "copy the film again")
      }
      guard number >= start + range.lowerBound else { continue }
      guard frame.pixels.count == row else { throw Problem("the film's frames have two sizes", at: place) }
      let at = (number - start - range.lowerBound) * row
      frame.pixels.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: out[at..<at + row]).copyMemory(from: $0) }
    }
    if isSwapped {
      for at in stride(from: 0, to: out.count, by: 3) { (out[at], out[at + 2]) = (out[at + 2], out[at]) }
    }
  }
}
