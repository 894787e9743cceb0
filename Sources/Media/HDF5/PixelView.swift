import Files

/// Pixels that are rows of other files' datasets: an HDF5 virtual dataset, or a link into another file.
///
/// libhdf5 opens no other file. Each part is opened here, where a dataset may lie (`PartFile`), and read as a dataset of
/// its own, so its rows are decoded, bounded and tagged as any others. Rows are composed whole; a view that cuts frames
/// is refused.
final class PixelView: Sendable {
  private struct Run: Sendable {
    /// Rows here, and the first row there.
    var rows: Range<Int>, part: Int, from: Int
  }

  private let parts: [PixelRows]
  private let runs: [Run]
  let notes: [String]

  /// A link's target, described as it is there.
  static func linked(_ column: StoredColumn, from file: HDF5File) throws -> StoredColumn {
    guard case .elsewhere(let target, let name) = column.place else { return column }
    let part = try HDF5File(part: target, of: file)
    var found = try linked(describe(name, part, for: target, of: file), from: part)
    if case .broken(let why) = found.place {
      throw Problem(
        "a part of it, '\(target)', cannot be opened (\(why))", at: file.path, fix: "put the whole part where it was")
    }
    found.place = column.place
    found.gaps = []
    return found
  }

  private static func describe(
    _ name: String, _ part: HDF5File, for target: String, of file: HDF5File
  ) throws -> StoredColumn {
    let column = try part.describe([name]).columns[name] ?? StoredColumn()
    guard column.isPresent else {
      throw Problem(
        "a part of it, '\(target)', has no dataset '\(name)'", at: file.path, fix: "put the whole part where it was")
    }
    return column
  }

  init(link column: StoredColumn, of file: HDF5File, rows: Int, height: Int, width: Int, cacheBytes: Int) throws {
    guard case .elsewhere(let target, let name) = column.place else { throw Problem("this is no link", at: file.path) }
    parts = [try Self.part(target, name, of: file, height, width, cacheBytes)]
    guard parts[0].rows == rows else { throw Problem("'\(target)' has changed", at: file.path) }
    runs = [Run(rows: 0..<rows, part: 0, from: 0)]
    notes = ["'pixels' is a link into another file: '\(target)'"]
  }

  init(_ column: StoredColumn, of file: HDF5File, rows: Int, height: Int, width: Int, cacheBytes: Int) throws {
    let share = cacheBytes / max(1, Set(column.mappings.map { $0.file + "\u{0}" + $0.name }).count)
    var parts: [PixelRows] = [], runs: [Run] = [], known: [String: Int] = [:]
    func notWhole(_ mapping: StoredColumn.Mapping) -> Problem {
      Problem(
        "'pixels' is a view of '\(mapping.file)' that is not of whole frames", at: file.path,
        expected: "a view composed of whole frames, of a fixed number of files", fix: "write the pixels into one file")
    }
    for mapping in column.mappings {
      guard let to = mapping.to, let from = mapping.from, !mapping.file.contains("%"), !mapping.name.contains("%"),
        let here = to.isAll ? [0..<rows] : Self.rows(to, [rows, height, width, 3])
      else { throw notWhole(mapping) }
      let key = mapping.file + "\u{0}" + mapping.name
      if known[key] == nil {
        guard parts.count < Self.mostParts else {
          throw Problem("'pixels' is composed of more than \(Self.mostParts) files", at: file.path)
        }
        parts.append(try Self.part(mapping.file, mapping.name, of: file, height, width, share))
        known[key] = parts.count - 1
      }
      let part = known[key]!
      guard
        let there = from.isAll ? [0..<parts[part].rows] : Self.rows(from, mapping.fromShape, frame: [height, width, 3])
      else { throw notWhole(mapping) }
      guard runs.count + here.count + there.count <= Self.mostRuns else { throw notWhole(mapping) }
      guard here.reduce(0, { $0 + $1.count }) == there.reduce(0, { $0 + $1.count }),
        there.allSatisfy({ $0.upperBound <= parts[part].rows })
      else {
        throw Problem(
          "a part of it, '\(mapping.file)', has \(parts[part].rows) frames, and others are needed", at: file.path,
          fix: "put the whole part where it was")
      }
      runs += Self.paired(here, there).map { Run(rows: $0, part: part, from: $1) }
    }
    runs.sort { $0.rows.lowerBound < $1.rows.lowerBound }
    for (a, b) in zip(runs, runs.dropFirst()) where a.rows.upperBound > b.rows.lowerBound {
      throw Problem("two parts of 'pixels' stand for the same rows", at: file.path, fix: "write the view again")
    }
    (self.parts, self.runs) = (parts, runs)
    let names = column.mappings.map { "'\($0.file)'" }.distinct()
    notes = [
      "'pixels' is composed of other files: " + names.prefix(3).joined(separator: ", ")
        + (names.count > 3 ? " and \(names.count - 3) more" : "")
    ]
  }

  /// Pieces of a view in all.
  private static let mostRuns = 1 << 20

  /// Descriptors are not without number.
  private static let mostParts = 512

  private static func part(
    _ target: String, _ name: String, of file: HDF5File, _ height: Int, _ width: Int, _ cacheBytes: Int
  ) throws -> PixelRows {
    let part = try HDF5File(part: target, of: file)
    var column = try describe(name, part, for: target, of: file)
    if case .elsewhere = column.place { column = try linked(column, from: part) }
    if case .broken(let why) = column.place {
      throw Problem(
        "a part of it, '\(target)', cannot be opened (\(why))", at: file.path, fix: "put the whole part where it was")
    }
    guard column.kind == .integers, column.elementBytes == 1, column.isUnsigned,
      column.shape.suffix(3) == [height, width, 3], column.shape.count <= 4
    else {
      throw Problem(
        "a part of it, '\(target)', holds \(column.typeWords) of the shape \(column.shape)", at: file.path,
        expected: "frames of \(width)×\(height), unsigned 8-bit")
    }
    return try PixelRows(
      part, name, column, rows: column.shape.count == 4 ? column.shape[0] : 1, height: height, width: width,
      cacheBytes: cacheBytes)
  }

  /// The rows a selection takes, when it takes whole ones.
  private static func rows(_ slab: StoredColumn.Slab, _ shape: [Int], frame: [Int]? = nil) -> [Range<Int>]? {
    guard slab.start.count == shape.count else { return nil }
    let isFrame = frame != nil && shape.count == 3
    guard Array(shape.suffix(3)) == frame ?? Array(shape.suffix(3)), shape.count == (isFrame ? 3 : 4) else {
      return nil
    }
    for axis in (isFrame ? 0 : 1)..<shape.count {
      let isWhole = slab.count[axis] == 1 || slab.stride[axis] == slab.block[axis]
      guard slab.start[axis] == 0, isWhole,
        slab.count[axis].multipliedReportingOverflow(by: slab.block[axis]) == (shape[axis], false)
      else { return nil }
    }
    if isFrame { return [0..<1] }
    let (start, stride, count, block) = (slab.start[0], slab.stride[0], slab.count[0], slab.block[0])
    // A shape may be as large as an Int, so nothing is multiplied before it is bounded.
    guard count > 0, block > 0, start >= 0, start <= shape[0], block <= shape[0] - start, count <= mostRuns,
      count == 1 || stride >= block, count - 1 <= (shape[0] - start - block) / max(1, stride)
    else { return nil }
    if count == 1 || stride == block { return [start..<start + count * block] }
    return (0..<count).map { start + $0 * stride..<start + $0 * stride + block }
  }

  /// Cuts two lists of as many rows into runs that lie together in both.
  private static func paired(_ here: [Range<Int>], _ there: [Range<Int>]) -> [(Range<Int>, Int)] {
    var out: [(Range<Int>, Int)] = [], at = 0, used = 0
    for var rows in here {
      while !rows.isEmpty, at < there.count {
        let count = min(rows.count, there[at].count - used)
        out.append((rows.lowerBound..<rows.lowerBound + count, there[at].lowerBound + used))
        rows = rows.lowerBound + count..<rows.upperBound
        used += count
        if used == there[at].count { (at, used) = (at + 1, 0) }
      }
    }
    return out
  }

  /// Place of the first run that ends behind `row`: they lie in order.
  private func firstRun(after row: Int) -> Int {
    var low = 0, high = runs.count
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].rows.upperBound <= row { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// - Throws: `Problem` for rows that no part stands for.
  func read(_ range: Range<Int>, rowBytes: Int, in file: HDF5File, into out: UnsafeMutableRawBufferPointer) throws {
    var next = range.lowerBound, place = firstRun(after: range.lowerBound)
    while next < range.upperBound, place < runs.count {
      let run = runs[place], some = run.rows.clamped(to: range)
      guard some.lowerBound == next, !some.isEmpty else { break }
      place += 1
      let from = run.from + some.lowerBound - run.rows.lowerBound
      try parts[run.part].read(
        from..<from + some.count,
        into: UnsafeMutableRawBufferPointer(
          rebasing: out[
            ((some.lowerBound - range.lowerBound) * rowBytes)..<((some.upperBound - range.lowerBound) * rowBytes)]))
      next = some.upperBound
    }
    guard next == range.upperBound else { throw file.neverWritten("pixels", "rows \(next) and more") }
  }
}
