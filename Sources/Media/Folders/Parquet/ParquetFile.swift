import Files

/// A Parquet file (Apache Parquet format 2.x), as far as tables of datasets use it: flat columns and lists one deep, plain
/// or dictionary encoded, packed with Snappy, gzip, Zstandard or LZ4. Whatever it claims is held against the file.
final class ParquetFile {
  struct Column {
    /// Names from the root, joined with dots; a list's inner names are left out.
    let name: String
    let path: [String]
    let type: Int, mostDefined: Int, mostRepeated: Int
  }

  /// Values read of one file, all columns and row groups together, whatever is claimed of each.
  static let mostValues = 100_000_000

  let file: OpenedFile
  let columns: [Column]
  private let groups: [Thrift]
  private var asked = 0

  init(_ path: String) throws {
    file = try OpenedFile(path)
    func damaged() -> Problem { Problem("the Parquet file is damaged or cut", at: path, fix: "copy it again") }
    guard file.count >= 12 else { throw damaged() }
    let tail = try file.bytes(file.count - 8..<file.count)
    guard Array(tail[4...]) == Array("PAR1".utf8) else {
      throw Problem(
        "this is no Parquet file, or it was cut", at: path, expected: "a file that ends with PAR1", fix: "copy it again"
      )
    }
    let length = tail[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length > 0, length <= file.count - 12, length <= 1 << 24 else { throw damaged() }
    let bytes = try file.bytes(file.count - 8 - length..<file.count - 8)
    guard
      let footer = try? bytes.withUnsafeBytes({ raw in
        var reader = ThriftReader(raw)
        return try reader.structure()
      }), let schema = footer[2]?.list, let rows = footer[3]?.int, (0...Self.mostValues).contains(rows),
      let groups = footer[4]?.list, let columns = Self.leaves(schema)
    else { throw damaged() }
    (self.groups, self.columns) = (groups, columns)
  }

  private static func leaves(_ schema: [Thrift]) -> [Column]? {
    var at = 0, out: [Column] = []
    func walk(_ path: [String], _ defined: Int, _ repeated: Int, _ level: Int) -> Bool {
      guard at < schema.count, level < 32 else { return false }
      let element = schema[at], children = element[5]?.int ?? 0, repetition = level == 0 ? 0 : element[3]?.int ?? 0
      at += 1
      let inner = level == 0 ? [] : path + [element[4]?.text ?? ""]
      let (d, r) = (defined + (repetition == 0 ? 0 : 1), repeated + (repetition == 2 ? 1 : 0))
      guard children > 0 else {
        guard let type = element[1]?.int else { return level == 0 }
        let name = r > 0 ? Array(inner.prefix { !["list", "bag", "element", "item", "array"].contains($0) }) : inner
        out.append(
          Column(
            name: (name.isEmpty ? inner : name).joined(separator: "."), path: inner, type: type, mostDefined: d,
            mostRepeated: r))
        return true
      }
      for _ in 0..<children { guard walk(inner, d, r, level + 1) else { return false } }
      return true
    }
    return walk([], 0, 0, 0) ? out : nil
  }

  func has(_ name: String) -> Bool { columns.contains { $0.name == name } }

  /// Where a column's pages lie, a row group at a time.
  private func chunks(_ column: Column) throws -> [Thrift] {
    try groups.map { group in
      guard let chunk = group[1]?.list?.first(where: { $0[3]?[3]?.list?.compactMap(\.text) == column.path }),
        let facts = chunk[3]
      else { throw damaged(column.name) }
      return facts
    }
  }

  func damaged(_ name: String) -> Problem {
    Problem("the column '\(name)' of the Parquet file is damaged", at: file.path, fix: "copy the file again")
  }

  private func read(_ name: String) throws -> (column: Column, values: ParquetValues) {
    guard let column = columns.first(where: { $0.name == name }) else {
      throw Problem(
        "there is no column '\(name)'; there is: \(columns.map(\.name).prefix(20).joined(separator: ", "))",
        at: file.path,
        fix: "write the table again")
    }
    guard column.mostRepeated <= 1 else {
      throw Problem(
        "the column '\(name)' holds lists of lists, which are not read", at: file.path, fix: "write it flat")
    }
    var values = ParquetValues()
    for chunk in try chunks(column) {
      let pages = try ParquetPages(self, column, chunk)
      asked += pages.wanted
      guard asked <= Self.mostValues else {
        throw Problem(
          "the Parquet file claims more than \(Self.mostValues) values", at: file.path, fix: "write it as several files"
        )
      }
      try pages.read(into: &values)
    }
    return (column, values)
  }

  /// A number a row; nil where there is none.
  func numbers(_ name: String) throws -> [Double?] {
    let (column, values) = try read(name)
    return try numbers(column, values)
  }

  private func numbers(_ column: Column, _ values: ParquetValues) throws -> [Double?] {
    let name = column.name
    guard column.mostRepeated == 0 else { throw damaged(name) }
    var next = 0
    return try (0..<values.count).map { i in
      guard values.isThere(i, column) else { return nil }
      guard next < values.numbers.count else { throw damaged(name) }
      defer { next += 1 }
      return values.numbers[next]
    }
  }

  /// Whole numbers, all of them there.
  func integers(_ name: String) throws -> [Int] {
    try numbers(name).map { value in
      guard let value, let whole = Int(exactly: value) else { throw damaged(name) }
      return whole
    }
  }

  /// A list of numbers a row, end to end, and how many each has; a column without lists has one a row.
  func lists(_ name: String) throws -> (values: [Double], counts: [Int]) {
    let (column, values) = try read(name)
    guard column.mostRepeated == 1 else {
      let flat = try numbers(column, values)
      return (flat.map { $0 ?? .nan }, flat.map { _ in 1 })
    }
    var out: [Double] = [], counts: [Int] = [], next = 0
    for i in 0..<values.count {
      if values.repeated[i] == 0 { counts.append(0) }
      guard !counts.isEmpty else { throw damaged(name) }
      // A list that is there and empty, or not there, has no item.
      guard values.defined[i] >= column.mostDefined - 1, values.defined[i] > 0 else { continue }
      if values.defined[i] == column.mostDefined {
        guard next < values.numbers.count else { throw damaged(name) }
        out.append(values.numbers[next])
        next += 1
        counts[counts.count - 1] += 1
      }
    }
    return (out, counts)
  }

  /// A text a row, or of lists each row's.
  func texts(_ name: String) throws -> [[String]] {
    let (column, values) = try read(name)
    var out: [[String]] = [], next = 0
    for i in 0..<values.count {
      if column.mostRepeated == 0 || values.repeated[i] == 0 { out.append([]) }
      guard !out.isEmpty else { throw damaged(name) }
      guard values.isThere(i, column) else { continue }
      guard next < values.texts.count else { throw damaged(name) }
      out[out.count - 1].append(values.texts[next])
      next += 1
    }
    return out
  }
}
