import CHDF5
import Files
import Foundation
import Synchronization

/// Rows of the `pixels` dataset, fetched fast: raw chunks under libhdf5's lock, inflated outside it and kept for a
/// while.
///
/// Applies when chunks hold whole frames and the filters are none or gzip (shuffling single bytes does nothing). Data
/// in one piece is read from the file directly. Anything else goes through H5Dread, filters and all, under the lock.
package final class PixelRows: Sendable {
  package let path: String
  package let rows: Int, height: Int, width: Int
  /// What the reader had to note about the storage.
  package let notes: [String]
  package let meter = ReadMeter()
  private let dataset: hid_t
  private let storage: PixelStorage
  private let cache: ChunkCache
  private let inflaters = InflaterPool()
  /// Chunks that have been inflated whole once, checksum and all.
  private let sound = Mutex<Set<Int>>([])

  package var rowBytes: Int { height * width * 3 }

  /// Runs inside `HDF5.locked`; takes an open dataset whose shape has been checked.
  /// - Parameter cacheBytes: most that decoded chunks may take.
  package init(_ dataset: hid_t, rows: Int, height: Int, width: Int, cacheBytes: Int, at path: String) throws {
    (self.path, self.dataset, self.rows, self.height, self.width) = (path, dataset, rows, height, width)
    (storage, notes) = try PixelStorage.of(dataset, height: height, width: width, at: path)
    var chunk = 0
    if case .chunks(let count, _) = storage { chunk = count * height * width * 3 }
    cache = ChunkCache(chunkBytes: chunk, budget: cacheBytes)
  }

  /// Bytes of decoded chunks held now.
  package var cachedBytes: Int { cache.bytesHeld }

  /// Writes rows `range` to `out`, `range.count · H · W · 3` bytes. Takes the lock itself; call it outside
  /// `HDF5.locked`.
  /// - Throws: `Problem` that names the chunk when it is damaged.
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
    case .flat(let file, let offset):
      try meter.time(\.read) { try flat(file, offset, row: range.lowerBound, into: out) }
      meter.count(\.bytesRead, out.count)
    case .library:
      try meter.time(\.read) { try library(range, into: out) }
      meter.count(\.bytesRead, out.count)
    }
  }

  /// Gives `body` the rows of `range` in order, piece by piece, each with the row it begins at.
  package func visit(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
    guard range.lowerBound >= 0, range.upperBound <= rows else {
      throw Problem(
        "rows \(range.lowerBound) to \(range.upperBound) are not in 'pixels'", at: path,
        expected: "some of its \(rows) rows")
    }
    guard !range.isEmpty else { return }
    guard case .chunks(let chunkRows, let deflate) = storage else {
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
        fill: { try decode(chunk, rows: wanted.upperBound - first, of: chunkRows, deflate, into: $0) }
      ) { bytes in
        try body(
          UnsafeRawBufferPointer(
            rebasing: bytes[((wanted.lowerBound - first) * rowBytes)..<((wanted.upperBound - first) * rowBytes)]),
          wanted.lowerBound)
      }
      meter.count(hit ? \.cached : \.decoded, 1)
    }
  }

  private func library(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    try HDF5.locked {
      try HDF5.select(dataset, [range.lowerBound, 0, 0, 0], [range.count, height, width, 3], "pixels", at: path) {
        memory, stored in
        guard H5Dread(dataset, orrery_h5t_u8(), memory, stored, HDF5.defaults, out.baseAddress!) >= 0 else {
          throw HDF5.unreadable("pixels", path)
        }
      }
    }
  }

  private func flat(_ file: Int32, _ offset: Int, row: Int, into out: UnsafeMutableRawBufferPointer) throws {
    let (skipped, tooFar) = row.multipliedReportingOverflow(by: rowBytes)
    guard !tooFar, skipped < Int.max / 2 - out.count else {
      throw Problem("'pixels' claims rows no file can hold", at: path, fix: "copy or write the file again")
    }
    var done = 0
    while done < out.count {
      let got = pread(file, out.baseAddress! + done, out.count - done, off_t(offset + skipped + done))
      if got < 0, errno == EINTR { continue }
      guard got > 0 else {
        throw Problem(
          "'pixels' cannot be read: " + (got == 0 ? "the file has become shorter" : String(cString: strerror(errno))),
          at: path, fix: "copy or write the file again")
      }
      done += got
    }
  }

  /// Decodes a chunk's first `rows` rows, or all when it was never decoded before or is not packed.
  /// - Returns: the rows written.
  private func decode(
    _ chunk: Int, rows wanted: Int, of chunkRows: Int, _ deflate: UInt32?, into out: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    func damaged(_ why: String) -> Problem {
      Problem(
        "chunk \(chunk) of 'pixels' (rows \(chunk * chunkRows) to \(min(rows, (chunk + 1) * chunkRows))) is damaged: \(why)",
        at: path, fix: "copy or write the file again")
    }
    return try inflaters.with { inflater in
      let packed = try meter.time(\.read) { try raw(chunk, of: chunkRows, deflate, inflater, into: out, damaged) }
      guard let packed else { return chunkRows }
      return try meter.time(\.inflate) {
        if wanted * rowBytes + Inflater.slack < out.count, sound.withLock({ $0.contains(chunk) }), Inflater.stopsEarly {
          guard inflater.inflatePrefix(packed, wanted: wanted * rowBytes, into: out) else {
            throw damaged("it does not inflate any more")
          }
          return wanted
        }
        guard inflater.inflate(packed, into: out) else {
          throw damaged("it does not inflate to \(out.count) bytes with the right checksum")
        }
        sound.withLock { _ = $0.insert(chunk) }
        return chunkRows
      }
    }
  }

  /// The packed bytes of a chunk; nil when `out` holds its rows already, because it was stored plain or never written.
  private func raw(
    _ chunk: Int, of chunkRows: Int, _ deflate: UInt32?, _ inflater: Inflater, into out: UnsafeMutableRawBufferPointer,
    _ damaged: (String) -> Problem
  ) throws -> UnsafeRawBufferPointer? {
    try HDF5.locked {
      let offset = [hsize_t(chunk * chunkRows), 0, 0, 0]
      var stored: hsize_t = 0, mask: UInt32 = 0
      // A chunk never written has no storage: HDF5 gives no size for it, and its rows are zero.
      guard H5Dget_chunk_storage_size(dataset, offset, &stored) >= 0, stored > 0 else {
        out.initializeMemory(as: UInt8.self, repeating: 0)
        return nil
      }
      guard stored <= hsize_t(out.count) * 2 + 4096 else {
        throw damaged("\(stored) bytes are stored for \(out.count)")
      }
      let size = Int(stored), direct = deflate == nil && size == out.count,
        bytes = direct ? out.baseAddress! : inflater.room(size)
      guard H5Dread_chunk(dataset, HDF5.defaults, offset, &mask, bytes) >= 0 else {
        throw damaged("it cannot be read\(HDF5.why())")
      }
      meter.count(\.bytesRead, size)
      if let deflate, mask & (1 << deflate) == 0 { return UnsafeRawBufferPointer(start: bytes, count: size) }
      guard size == out.count else { throw damaged("\(size) bytes are stored, plain, for \(out.count)") }
      if !direct { out.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: size)) }
      return nil
    }
  }
}
