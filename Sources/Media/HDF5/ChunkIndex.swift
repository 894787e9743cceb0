import Files
import Synchronization

/// Where the chunks of `pixels` lie, asked for a page at a time when first needed and held against the file.
final class ChunkIndex: Sendable {
  struct Place: Sendable {
    var offset = 0, bytes = 0
    /// A bit for each filter that was left out of this chunk.
    var skipped: UInt32 = 0
  }

  private static let page = 1024
  private let file: HDF5File
  private let name: String
  private let count: Int, chunkBytes: Int
  private let pages = Mutex<[Int: [Place?]]>([:])
  /// Held by whoever asks for a page, so that threads that miss the same one do not all ask.
  private let asking = Mutex(())

  init(_ file: HDF5File, _ name: String, count: Int, chunkBytes: Int) {
    (self.file, self.name, self.count, self.chunkBytes) = (file, name, count, chunkBytes)
  }

  /// Nil for a chunk that was never written.
  /// - Throws: `Problem` when it cannot lie where the file says.
  func place(_ chunk: Int) throws -> Place? {
    let number = chunk / Self.page
    if let page = pages.withLock({ $0[number] }) { return page[chunk % Self.page] }
    return try asking.withLock { _ in
      if let page = pages.withLock({ $0[number] }) { return page[chunk % Self.page] }
      let page = try page(number)
      pages.withLock { $0[number] = page }
      return page[chunk % Self.page]
    }
  }

  private func page(_ number: Int) throws -> [Place?] {
    let first = number * Self.page, some = min(Self.page, count - first),
      numbers = try file.chunks(name, first, some)
    return try (0..<some).map { i -> Place? in
      let (offset, bytes, skipped) = (numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2])
      if offset == -1 { return nil }
      guard offset >= 0, bytes > 0, bytes <= 2 * chunkBytes + 4096, offset <= file.size, bytes <= file.size - offset
      else {
        throw Problem(
          "chunk \(first + i) of '\(name)' is damaged: \(bytes) bytes at \(offset) of a file of \(file.size)",
          at: file.path, fix: HDF5File.again)
      }
      return Place(offset: offset, bytes: bytes, skipped: UInt32(truncatingIfNeeded: skipped))
    }
  }
}
