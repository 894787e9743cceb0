import Files
import Glibc

/// Pixels in one piece of their file, or in raw files beside it, one after another (HDF5's external storage).
final class FlatPixels: Sendable {
  private struct Piece: Sendable {
    /// The file itself when nil.
    var part: RawPart?
    /// Where it begins in the whole, and where in its file.
    var first: Int, offset: Int, bytes: Int
  }

  private let file: HDF5File
  private let name: String
  private let pieces: [Piece]
  let notes: [String]
  /// Nothing was ever written.
  let isEmpty: Bool

  init(_ file: HDF5File, _ name: String, _ column: StoredColumn, bytes all: Int) throws {
    (self.file, self.name) = (file, name)
    guard !column.externals.isEmpty else {
      notes = []
      isEmpty = column.offset < 0
      guard isEmpty || (all <= file.size && column.offset <= file.size - all) else {
        throw Problem("'\(name)' lies beyond the file's end", at: file.path, fix: HDF5File.again)
      }
      guard !isEmpty || all / HDF5File.mostClaimed <= file.size else {
        throw file.tooLarge(name, "\(Text.bytes(all)) in a file of \(Text.bytes(file.size))")
      }
      pieces = [Piece(first: 0, offset: column.offset, bytes: all)]
      return
    }
    var pieces: [Piece] = [], first = 0
    for external in column.externals where first < all {
      let part = try RawPart(external.file, beside: file.path), bytes = min(external.bytes, all - first)
      guard external.offset <= part.size, bytes <= part.size - external.offset else {
        throw Problem(
          "a part of it, '\(external.file)', holds \(part.size) bytes, and \(bytes) from \(external.offset) on are needed",
          at: file.path, fix: "put the whole part where it was")
      }
      pieces.append(Piece(part: part, first: first, offset: external.offset, bytes: bytes))
      first += bytes
    }
    guard first >= all else {
      throw Problem(
        "'\(name)' has \(Text.bytes(all)), its parts hold \(Text.bytes(first))", at: file.path, fix: HDF5File.again)
    }
    self.pieces = pieces
    isEmpty = false
    let names = column.externals.map { "'\($0.file)'" }.distinct()
    notes = [
      "'\(name)' lies in other files: " + names.prefix(3).joined(separator: ", ")
        + (names.count > 3 ? " and \(names.count - 3) more" : "")
    ]
  }

  /// Bytes of the whole from `first` on.
  func read(_ first: Int, into out: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    for piece in pieces where done < out.count {
      let from = first + done - piece.first
      guard from < piece.bytes else { continue }
      let some = UnsafeMutableRawBufferPointer(rebasing: out[done..<min(out.count, done + piece.bytes - from)])
      if let part = piece.part {
        try part.read(piece.offset + from, into: some)
      } else {
        try file.read(piece.offset + from, into: some)
      }
      done += some.count
    }
    guard done == out.count else { throw Problem("'\(name)' ends before its rows do", at: file.path) }
  }
}

extension RawPart {
  func read(_ offset: Int, into out: UnsafeMutableRawBufferPointer) throws {
    try HDF5File.read(descriptor, path, offset, into: out)
  }
}
