import Files
import Foundation
import Frames
import Media

/// Pixels to score, a piece at a time: a video file, or a folder of pictures in natural order ("f2" before "f10").
///
/// No more than `segmentBytes` are held at once; a longer clip comes in segments of whole frames.
package final class ScoreSource {
  package static let segmentBytes = 1 << 30
  package static let pictures = ["png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"]
  package let path: String
  /// What a reader of the numbers must know: frames repeated, bits dropped, files passed over.
  private(set) var notes: [String] = []

  private enum Kind { case video(VideoReader), folder([String], FrameRate) }
  private let kind: Kind
  private var next = 0
  private var isOver = false
  private let limit: Int
  private let limits: DecodeLimits

  /// - Parameters:
  ///   - fps: rate of a folder of pictures, which has none of its own.
  ///   - limit: bytes of pixels a segment may have.
  ///   - limits: on decoding a file.
  /// - Throws: `Problem` when there is nothing to read.
  package init(
    _ path: String, fps: FrameRate?, limit: Int = ScoreSource.segmentBytes, limits: DecodeLimits = .usual
  ) throws {
    (self.path, self.limit, self.limits) = (path, limit, limits)
    if Disk.isFolder(path) {
      let (files, passed) = try Self.listing(path)
      kind = .folder(files, fps ?? FrameRate(25))
      if fps == nil { notes.append("a folder has no frame rate; 25 is assumed (--fps)") }
      if !passed.isEmpty {
        notes.append(
          "\(passed.count) files that are no pictures were passed over: \(passed.prefix(3).joined(separator: ", "))\(passed.count > 3 ? ", …" : "")"
        )
      }
    } else {
      let file = try OpenedFile(path)
      guard file.count > 0 else {
        throw Problem(
          "the file is empty", at: path, expected: "a video, a folder of pictures or an HDF5 dataset",
          fix: "write or copy it again")
      }
      kind = .video(try VideoReader(file, limits: limits))
    }
  }

  /// Pictures in natural order, and the visible files that are none.
  private static func listing(_ folder: String) throws -> (files: [String], passed: [String]) {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      !$0.hasPrefix(".") && !Disk.isFolder(folder + "/" + $0)
    }
    let sorted = names.sorted { a, b in
      let order = a.compare(b, options: [.numeric])
      return order == .orderedSame ? a < b : order == .orderedAscending
    }
    let isPicture = { (name: String) in pictures.contains((name as NSString).pathExtension.lowercased()) }
    let files = sorted.filter(isPicture)
    guard !files.isEmpty else {
      throw Problem(
        "the folder holds no pictures", at: folder, expected: "frames as \(pictures.joined(separator: ", "))",
        fix: "name the videos in it one by one")
    }
    return (files.map { folder + "/" + $0 }, sorted.filter { !isPicture($0) })
  }

  /// The next segment; nil at the end.
  /// - Throws: `Problem` when a frame cannot be read, or the picture changes size.
  package func segment() throws -> Frames? {
    switch kind {
    case .video(let reader): return try segment(reader)
    case .folder(let files, let fps): return try segment(files, fps)
    }
  }

  private func segment(_ reader: VideoReader) throws -> Frames? {
    let most = max(1, limit / (reader.width * reader.height * 3))
    var pixels: [UInt8] = [], count = 0
    // Room for the frames the file announces, so that a large segment is not copied as it grows.
    pixels.reserveCapacity(min(most, reader.info.frames ?? 0) * reader.width * reader.height * 3)
    while count < most, let frame = try reader.next() {
      guard reader.report.resized == 0 else {
        throw Problem(
          "the picture changes its size in or after frame \(reader.report.delivered)", at: path,
          expected: "frames of one size, \(reader.width)x\(reader.height) as the first",
          fix: "cut the file where it changes, or scale it to one size first")
      }
      pixels += frame
      count += 1
    }
    if count < most, !isOver {
      isOver = true
      notes += reader.report.notes
    }
    return count > 0
      ? Frames(count: count, height: reader.height, width: reader.width, pixels: pixels, fps: reader.fps) : nil
  }

  private func segment(_ files: [String], _ fps: FrameRate) throws -> Frames? {
    guard next < files.count else { return nil }
    let (first, report) = try VideoReader.reading(OpenedFile(files[next]), limit: 1, limits: limits)
    for note in report.notes where note != report.rateNote && !notes.contains(note) { notes.append(note) }
    let most = max(1, limit / first.frameBytes), end = min(files.count, next + most)
    var pixels = first.pixels
    for file in files[next + 1..<end] {
      let frame = try VideoReader.read(file, limit: 1, limits: limits)
      guard frame.width == first.width, frame.height == first.height else {
        throw Problem(
          "this frame is \(frame.width)x\(frame.height), those before it \(first.width)x\(first.height)", at: file,
          expected: "frames of one size", fix: "resize them all in one way first")
      }
      pixels += frame.pixels
    }
    defer { next = end }
    return Frames(count: end - next, height: first.height, width: first.width, pixels: pixels, fps: fps)
  }
}
