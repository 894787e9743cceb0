import Files
import Sandbox
import Synchronization

/// Rows of the `pixels` dataset, fetched fast: packed chunks by position, inflated on the thread that asks and kept for a
/// while.
///
/// Applies when chunks hold whole frames and the filters are none, gzip and Fletcher's checksum. Data in one piece is
/// read by position too. Anything else a child reads with libhdf5. Whatever comes out of a file is held against its tag
/// from the first time (`RowTags`), so a row never changes under its reader.
package final class PixelRows: Sendable {
  package let path: String
  package let rows: Int, height: Int, width: Int
  /// What the reader had to note about the storage.
  package let notes: [String]
  package let meter = ReadMeter()
  private let file: HDF5File
  private let name: String
  private let storage: PixelStorage
  private let cache: ChunkCache
  private let inflaters = InflaterPool()
  /// Of packed chunks, or of rows where there are none.
  private let tags = RowTags()
  private let shared = Mutex<[SharedMemory]>([])

  package var rowBytes: Int { height * width * 3 }

  /// - Parameters:
  ///   - column: of unsigned bytes, `rows` frames in all; its shape has been checked.
  ///   - cacheBytes: most that decoded chunks may take.
  package init(
    _ file: HDF5File, _ name: String, _ column: StoredColumn, rows: Int, height: Int, width: Int, cacheBytes: Int
  ) throws {
    (path, self.file, self.name, self.rows, self.height, self.width) = (file.path, file, name, rows, height, width)
    (storage, notes) = try PixelStorage.of(
      file, name, column, rows: rows, height: height, width: width, cacheBytes: cacheBytes)
    var chunk = 0
    if case .chunks(let count, _, _) = storage { chunk = count * height * width * 3 }
    cache = ChunkCache(chunkBytes: chunk, budget: cacheBytes)
  }

  /// Bytes of decoded chunks held now.
  package var cachedBytes: Int { cache.bytesHeld }

  /// Writes rows `range` to `out`, `range.count · H · W · 3` bytes.
  /// - Throws: `Problem` that names the chunk when it is damaged, or was never written.
  package func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    guard range.lowerBound >= 0, range.upperBound <= rows, range.count <= (1 << 33) / rowBytes,
      out.count == range.count * rowBytes
    else {
      throw Problem(
        "rows \(range.lowerBound) to \(range.upperBound) of 'pixels' cannot be read at once", at: path,
        expected: "at most 8 GiB out of \(rows) rows")
    }
    guard !range.isEmpty else { return }
    switch storage {
    case .chunks:
      try visit(range) { piece, first in
        meter.time(\.copy) {
          UnsafeMutableRawBufferPointer(rebasing: out[((first - range.lowerBound) * rowBytes)...]).copyMemory(
            from: piece)
        }
      }
    case .flat(let flat): try tagged(range, into: out) { try self.flat(flat, $0, into: $1) }
    case .library: try tagged(range, into: out, step: 64 << 20) { try library($0, into: $1) }
    case .view(let view): try meter.time(\.read) { try view.read(range, rowBytes: rowBytes, in: file, into: out) }
    }
  }

  /// Reads in steps that stay in the processor's cache until they are tagged.
  private func tagged(
    _ range: Range<Int>, into out: UnsafeMutableRawBufferPointer, step bytes: Int = 1 << 19,
    _ read: (Range<Int>, UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    let step = max(1, bytes / rowBytes)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
      let some = first..<min(first + step, range.upperBound), from = (first - range.lowerBound) * rowBytes
      let piece = UnsafeMutableRawBufferPointer(rebasing: out[from..<from + some.count * rowBytes])
      try meter.time(\.read) { try read(some, piece) }
      try meter.time(\.verify) {
        let found = TagKey.own.tags(UnsafeRawBufferPointer(piece), row: rowBytes)
        if let row = tags.firstChange(first, found) { throw changed("row \(row) of '\(name)'") }
      }
    }
    meter.count(\.bytesRead, out.count)
  }

  private func changed(_ what: String) -> Problem {
    Problem(
      "the pixels are not those that were hashed: the file was changed while it was being read (\(what))", at: path,
      fix: "restore the file from its source, and keep other programs from writing it")
  }

  /// Gives `body` the rows of `range` in order, piece by piece, each with the row it begins at.
  package func visit(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    guard range.lowerBound >= 0, range.upperBound <= rows else {
      throw Problem(
        "rows \(range.lowerBound) to \(range.upperBound) are not in 'pixels'", at: path,
        expected: "some of its \(rows) rows")
    }
    guard !range.isEmpty else { return }
    guard case .chunks(let chunkRows, let filters, let index) = storage else {
      let step = max(1, (8 << 20) / rowBytes)
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: min(step, range.count) * rowBytes, alignment: 64)
      defer { bytes.deallocate() }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
        let end = min(first + step, range.upperBound),
          piece = UnsafeMutableRawBufferPointer(rebasing: bytes[..<((end - first) * rowBytes)])
        try read(first..<end, into: piece)
        try body(UnsafeRawBufferPointer(piece), first)
      }
      return
    }
    for chunk in range.lowerBound / chunkRows...(range.upperBound - 1) / chunkRows {
      let first = chunk * chunkRows, wanted = max(first, range.lowerBound)..<min(first + chunkRows, range.upperBound)
      let hit = try cache.read(
        chunk, rows: wanted.upperBound - first,
        fill: { try decode(chunk, rows: wanted.upperBound - first, of: chunkRows, filters, index, into: $0) }
      ) { bytes in
        try body(
          UnsafeRawBufferPointer(
            rebasing: bytes[((wanted.lowerBound - first) * rowBytes)..<((wanted.upperBound - first) * rowBytes)]),
          wanted.lowerBound)
      }
      meter.count(hit ? \.cached : \.decoded, 1)
    }
  }

  /// A piece of the shared memory that a child fills; what is judged is the copy.
  private func library(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let kept = shared.withLock { list in
      list.firstIndex { $0.bytes.count == out.count }.map { list.remove(at: $0) }
    }
    let memory = try kept ?? SharedMemory(count: out.count)
    try withExtendedLifetime(memory) {
      try file.rows(name, range.lowerBound, range.count, into: memory)
      out.copyMemory(from: UnsafeRawBufferPointer(memory.bytes))
    }
    shared.withLock { if $0.count < 4 { $0.append(memory) } else { $0[0] = memory } }
  }

  private func flat(_ flat: FlatPixels, _ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    guard !flat.isEmpty else { throw neverWritten(range) }
    try flat.read(range.lowerBound * rowBytes, into: out)
  }

  private func neverWritten(_ range: Range<Int>) -> Problem {
    file.neverWritten(name, "rows \(range.lowerBound) to \(range.upperBound)")
  }

  /// Decodes a chunk's first `rows` rows, or all when it was never decoded before or is not packed.
  /// - Returns: the rows written.
  private func decode(
    _ chunk: Int, rows wanted: Int, of chunkRows: Int, _ filters: ChunkFilters, _ index: ChunkIndex,
    into out: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    let range = chunk * chunkRows..<min(rows, (chunk + 1) * chunkRows)
    func damaged(_ why: String) -> Problem {
      Problem(
        "chunk \(chunk) of '\(name)' (rows \(range.lowerBound) to \(range.upperBound)) is damaged: \(why)", at: path,
        fix: "copy or write the file again")
    }
    return try inflaters.with { inflater in
      let place: ChunkIndex.Place? = try meter.time(\.read) { try index.place(chunk) }
      guard let place else { throw neverWritten(range) }
      let isDeflated = filters.isDeflated(place), isSummed = filters.isSummed(place),
        isDirect = !isDeflated && place.bytes == out.count
      let room = isDirect ? out : UnsafeMutableRawBufferPointer(start: inflater.room(place.bytes), count: place.bytes)
      try meter.time(\.read) { try file.read(place.offset, into: room) }
      meter.count(\.bytesRead, place.bytes)
      var bytes = UnsafeRawBufferPointer(room)
      // A chunk that has its tag was inflated whole once, checksum and all.
      let isKnown = tags.knows(chunk)
      try meter.time(\.verify) {
        if isKnown, tags.firstChange(chunk, CollectionOfOne(TagKey.own.tag(bytes))) != nil {
          throw changed("chunk \(chunk) of '\(name)', rows \(range.lowerBound) to \(range.upperBound)")
        }
        if isSummed, !isKnown, !ChunkFilters.holds(bytes) { throw damaged("its checksum does not hold") }
      }
      let whole = bytes
      if isSummed { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast(min(4, bytes.count))) }
      let done = try inflate(bytes, isDeflated, isDirect, wanted, chunkRows, isKnown, inflater, into: out, damaged)
      if !isKnown, tags.firstChange(chunk, CollectionOfOne(TagKey.own.tag(whole))) != nil {
        throw changed("chunk \(chunk) of '\(name)', rows \(range.lowerBound) to \(range.upperBound)")
      }
      return done
    }
  }

  /// - Returns: the rows written.
  private func inflate(
    _ bytes: UnsafeRawBufferPointer, _ isDeflated: Bool, _ isDirect: Bool, _ wanted: Int, _ chunkRows: Int,
    _ isKnown: Bool, _ inflater: Inflater, into out: UnsafeMutableRawBufferPointer, _ damaged: (String) -> Problem
  ) throws -> Int {
    guard isDeflated else {
      guard bytes.count == out.count else { throw damaged("\(bytes.count) bytes are stored, plain, for \(out.count)") }
      if !isDirect { out.copyMemory(from: bytes) }
      return chunkRows
    }
    return try meter.time(\.inflate) {
      if isKnown, wanted * rowBytes + Inflater.slack < out.count, Inflater.stopsEarly {
        guard inflater.inflatePrefix(bytes, wanted: wanted * rowBytes, into: out) else {
          throw damaged("it does not inflate any more")
        }
        return wanted
      }
      guard inflater.inflate(bytes, into: out) else {
        throw damaged("it does not inflate to \(out.count) bytes with the right checksum")
      }
      return chunkRows
    }
  }
}
