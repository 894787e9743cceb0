import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A file open for reading by position. Reads that would pass its end are refused.
final class FileBytes {
  let path: String
  let count: UInt64
  private let handle: FileHandle
  private var visits = 0

  init(_ path: String) throws {
    self.path = path
    handle = try Disk.open(path)
    do { count = try handle.seekToEnd() } catch {
      throw Problem("the file cannot be read: \(error.localizedDescription)", at: path)
    }
  }

  deinit { try? handle.close() }

  /// Counts a box looked at: a file may ask for many, not for ever. - Throws: `Problem` past two million.
  func visit() throws {
    visits += 1
    guard visits <= 2_000_000 else {
      throw Problem(
        "reading the file's credentials takes too long", at: path, expected: "a file with fewer boxes and exclusions")
    }
  }

  func read(_ range: Range<UInt64>) throws -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(range.count)
    try pieces(range) { out += $0 }
    return out
  }

  /// Hands out `range` a mebibyte at a time.
  func pieces(_ range: Range<UInt64>, _ body: (Data) throws -> Void) throws {
    guard range.upperBound <= count else {
      throw Problem("the file ends at byte \(count), before \(range.upperBound)", at: path)
    }
    var left = range.count
    do { try handle.seek(toOffset: range.lowerBound) } catch {
      throw Problem("the file cannot be read: \(error.localizedDescription)", at: path)
    }
    while left > 0 {
      let piece: Data
      do { piece = try handle.read(upToCount: min(left, 1 << 20)) ?? Data() } catch {
        throw Problem("the file cannot be read: \(error.localizedDescription)", at: path)
      }
      guard !piece.isEmpty else { throw Problem("the file became shorter while it was read", at: path) }
      left -= piece.count
      try body(piece)
    }
  }
}
