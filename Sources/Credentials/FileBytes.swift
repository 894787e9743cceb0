import Files
import Foundation

/// A file open for reading by position. Reads that would pass its end are refused.
final class FileBytes {
  let count: UInt64
  var path: String { file.path }
  private let file: OpenedFile
  private var visits = 0

  convenience init(_ path: String) throws { self.init(try OpenedFile(path)) }

  init(_ file: OpenedFile) {
    self.file = file
    count = UInt64(file.count)
  }

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
    var position = range.lowerBound
    while position < range.upperBound {
      let next = min(position + (1 << 20), range.upperBound)
      try body(Data(try file.bytes(Int(position)..<Int(next))))
      position = next
    }
  }
}
