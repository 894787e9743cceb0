import Files
import Frames

/// Frames of clips of another layout, held against what they were when they were first read.
final class FoundRows: Sendable {
  let table: ClipTable
  let meter = ReadMeter()
  private let tags: [RowTags]
  private let cache: BlockCache?
  private let path: String

  init(_ table: ClipTable, _ cache: BlockCache?, path: String) {
    (self.table, self.cache, self.path) = (table, cache, path)
    tags = table.clips.map { _ in RowTags() }
  }

  var cachedBytes: Int { cache?.bytesHeld ?? 0 }

  func rowBytes(_ clip: Int) -> Int { table.clips[clip].pictures.height * table.clips[clip].pictures.width * 3 }

  func read(_ clip: Int, _ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    try meter.time(\.read) { try table.clips[clip].pictures.read(range, into: out) }
    meter.count(\.bytesRead, out.count)
    try meter.time(\.verify) { try check(clip, range.lowerBound, UnsafeRawBufferPointer(out)) }
  }

  func visit(_ clip: Int, _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var at = range.lowerBound
    try table.clips[clip].pictures.visit(range) { piece in
      try check(clip, at, piece)
      at += piece.count / rowBytes(clip)
      try body(piece)
    }
  }

  private func check(_ clip: Int, _ first: Int, _ bytes: UnsafeRawBufferPointer) throws {
    guard let row = tags[clip].firstChange(first, TagKey.own.tags(bytes, row: rowBytes(clip))) else { return }
    throw Problem(
      "the pixels are not those that were hashed: the file was changed while it was being read (frame \(row))",
      at: path,
      fix: "restore the file from its source, and keep other programs from writing it")
  }
}
