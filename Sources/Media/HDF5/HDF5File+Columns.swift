import Files
import Sandbox

/// Columns of numbers and texts: what the file claims is held against what it can hold before memory is taken.
extension HDF5File {
  /// No table of clips or chunks is longer than this; a file that says so is damaged.
  static let mostRows = 50_000_000
  /// A byte of a deflated stream stands for at most 1032 others (RFC 1951: 258 bytes a match of two bits).
  private static let mostDeflated = 1032
  /// What a file of whatever packing may claim to hold, a byte of it.
  static let mostClaimed = 100 * mostDeflated
  /// So much may be claimed by anybody.
  private static let freeClaim = 1 << 20
  /// A name of a clip; a caption or other text.
  static let mostNameBytes = 4096, mostTextBytes = 1 << 20

  enum Wanted: String {
    case bytes = "unsigned 8-bit integers (0 to 255)", integers = "integers", floats = "numbers", text = "text"
  }

  /// Checks that a column is there, its rank and its type; gives its shape.
  func shape(_ name: String, _ column: StoredColumn?, rank: Int, _ wanted: Wanted) throws -> [Int] {
    switch column?.place ?? .absent {
    case .absent:
      throw Problem(
        "the column '\(name)' is missing", at: path, expected: "the native layout: pixels, ep_len, ep_offset")
    case .broken(let why): throw Problem("the column '\(name)' cannot be opened (\(why))", at: path, fix: Self.again)
    case .tooNew: throw tooNew(name)
    case .elsewhere(let file, _):
      throw Problem(
        "the column '\(name)' is a link into another file, '\(file)'", at: path, expected: "a column of this file",
        fix: "copy the column into the file: h5copy")
    case .here: break
    }
    guard let column else { return [] }
    guard column.shape.count == rank else {
      throw Problem(
        "the column '\(name)' has \(column.shape.count) axes \(column.shape)", at: path, expected: "\(rank) axes")
    }
    let fits =
      switch wanted {
      case .bytes: column.kind == .integers && column.elementBytes == 1 && column.isUnsigned
      case .integers: column.kind == .integers
      case .floats: column.kind == .floats || column.kind == .integers
      case .text: column.kind == .text
      }
    guard fits else {
      throw Problem("the column '\(name)' holds \(column.typeWords)", at: path, expected: wanted.rawValue)
    }
    return column.shape
  }

  func tooNew(_ name: String) -> Problem {
    Problem(
      "'\(name)' was written by HDF5 2.0 with libver='latest', whose layout (version 5) older libraries cannot read",
      at: path, expected: "a file for HDF5 1.10 or later",
      fix: "write it again with h5py.File(…, libver=('earliest', 'v110')); h5repack cannot help")
  }

  func tooLarge(_ name: String, _ what: String) -> Problem {
    Problem(
      "the column '\(name)' claims \(what), too large to be true", at: path,
      fix: "write the file again; it is damaged")
  }

  /// Product of sizes read from a file, refused when it overflows or passes `limit`.
  func product(_ sizes: [Int], limit: Int, _ name: String) throws -> Int {
    var total = 1
    for size in sizes {
      let (next, overflow) = total.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, next <= limit else { throw tooLarge(name, "the shape \(sizes)") }
      total = next
    }
    return total
  }

  /// Holds what a table claims against what is stored of it.
  func backed(_ name: String, _ column: StoredColumn) throws {
    guard column.layout != .virtual, column.externals.isEmpty else {
      throw Problem(
        "the column '\(name)' is composed of other files' data, which only 'pixels' may be", at: path,
        fix: "write the column into the file itself")
    }
    let bytes = try product(column.shape + [column.elementBytes], limit: Int.max / 4, name)
    if column.layout == .contiguous, column.offset >= 0, column.offset > size - bytes || bytes > size {
      throw Problem(
        "the column '\(name)' lies beyond the file's end", at: path, fix: "the file is damaged; copy or write it again")
    }
    guard bytes > Self.freeClaim else { return }
    let isPlain = column.filters.allSatisfy { [1, 2, 3].contains($0.number) },
      ratio = isPlain ? Self.mostDeflated + 100 : Self.mostClaimed
    guard column.storedBytes > 0 else { throw tooLarge(name, "the shape \(column.shape) and was never written") }
    guard bytes / ratio <= min(column.storedBytes, size) else {
      throw tooLarge(name, "\(Text.bytes(bytes)) in a file of \(Text.bytes(size))")
    }
  }

  /// All rows of a one-axis column, the first of them from its description.
  private func all<T>(
    _ name: String, _ column: StoredColumn, _ kind: ColumnRows.Kind, _ decode: ([UInt8]) throws -> [T],
    keep: (inout [T], [T]) throws -> Void
  ) throws -> [T] {
    let count = column.shape[0]
    var out: [T] = [], got = 0
    if column.headRows > 0 {
      let rows = try sensible { try decode(column.head) }
      guard rows.count == column.headRows else { throw contradicts(name) }
      try keep(&out, rows)
      got = rows.count
    }
    while got < count {
      let (number, bytes) = try self.column(name, as: kind, got, count - got), rows = try sensible { try decode(bytes) }
      guard rows.count == number else { throw contradicts(name) }
      try keep(&out, rows)
      got += number
    }
    return out
  }

  private func contradicts(_ name: String) -> Problem {
    Problem("the column '\(name)' has other rows than it says", at: path, fix: Self.again)
  }

  func integers(_ name: String, _ column: StoredColumn?) throws -> [Int] {
    let count = try product(shape(name, column, rank: 1, .integers), limit: Self.mostRows, name)
    guard let column, count > 0 else { return [] }
    try backed(name, column)
    return try all(name, column, .integers, ColumnRows.integers) { $0 += $1 }
  }

  /// A column of text, of fixed or varying length. - Parameter most: bytes of one text.
  func strings(_ name: String, _ column: StoredColumn?, most: Int = mostTextBytes) throws -> [String] {
    let count = try product(shape(name, column, rank: 1, .text), limit: Self.mostRows, name)
    guard let column, count > 0 else { return [] }
    guard column.isVariable || column.elementBytes <= most else {
      throw tooLarge(name, "texts of \(Text.bytes(column.elementBytes))")
    }
    try backed(name, column)
    // Texts of varying length may all be one: what they come to is bounded too.
    var bytes = 0
    return try all(name, column, .texts, ColumnRows.texts) { out, rows in
      for row in rows {
        guard row.utf8.count <= most else { throw tooLarge(name, "texts of \(Text.bytes(row.utf8.count))") }
        bytes += row.utf8.count
      }
      guard bytes / 100 <= size + Self.freeClaim else { throw tooLarge(name, "\(Text.bytes(bytes)) of text") }
      out += rows
    }
  }

  /// Rows `[first, first + count)` of a float column of any rank, flattened; the shape after the first axis is `inner`.
  func floats(_ name: String, rows first: Int, count: Int, inner: [Int]) throws -> [Float] {
    let width = try product(inner, limit: 1 << 28, name), total = try product([count, width], limit: 1 << 30, name)
    guard total > 0 else { return [] }
    var out: [Float] = [], got = 0
    while got < count {
      let (number, bytes) = try column(name, as: .floats, first + got, count - got)
      out += try sensible { try ColumnRows.numbers(bytes, number * width, Float(0)) }
      got += number
    }
    return out
  }
}
