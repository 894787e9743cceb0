import Sandbox

/// What the parent asks the child about a file. Every call brings the file's descriptor and a number by which the child
/// knows it again.
enum HDF5Call {
  /// Names of datasets, and of attributes to read of each; whether the root's attributes are wanted.
  case describe(names: [String], lists: [String], root: Bool)
  /// Rows of a column as numbers or texts.
  case column(name: String, as: ColumnRows.Kind, first: Int, count: Int)
  /// Where the chunks from `first` on lie, along the first axis.
  case chunks(name: String, first: Int, count: Int)
  /// Rows of unsigned bytes, into the shared memory that comes along.
  case rows(name: String, first: Int, count: Int)
  /// What there is, group by group.
  case tree(most: Int)
  /// Attributes of objects: of those names, or all.
  case attributes(paths: [String], names: [String])
  /// Rows as their type is stored, into the shared memory that comes along.
  case stored(name: String, first: Int, count: Int)
  /// Rows that are lists of bytes.
  case lists(name: String, first: Int, count: Int)

  func bytes(token: Int) -> [UInt8] {
    var out = WireWriter()
    out.put(token)
    switch self {
    case .describe(let names, let lists, let root):
      out.put(0)
      for texts in [names, lists] {
        out.put(texts.count)
        for text in texts { out.put(text) }
      }
      out.put(root)
    case .column(let name, let kind, let first, let count):
      out.put(1)
      out.put(name)
      out.put([kind.rawValue, first, count])
    case .chunks(let name, let first, let count):
      out.put(2)
      out.put(name)
      out.put([first, count])
    case .rows(let name, let first, let count):
      out.put(3)
      out.put(name)
      out.put([first, count])
    case .tree(let most):
      out.put(4)
      out.put(most)
    case .attributes(let paths, let names):
      out.put(5)
      for texts in [paths, names] {
        out.put(texts.count)
        for text in texts { out.put(text) }
      }
    case .stored(let name, let first, let count):
      out.put(6)
      out.put(name)
      out.put([first, count])
    case .lists(let name, let first, let count):
      out.put(7)
      out.put(name)
      out.put([first, count])
    }
    return out.bytes
  }

  static func read(_ payload: [UInt8]) throws -> (token: Int, call: HDF5Call) {
    var wire = WireReader(payload)
    let token = try wire.int()
    switch try wire.int(0...7) {
    case 0:
      return (
        token,
        .describe(names: try wire.list { try $0.text() }, lists: try wire.list { try $0.text() }, root: try wire.bool())
      )
    case 4: return (token, .tree(most: try wire.int(0...Int(Int32.max))))
    case 5:
      return (
        token, .attributes(paths: try wire.list { try $0.text() }, names: try wire.list { try $0.text() })
      )
    case let number:
      let name = try wire.text(), values = try wire.ints()
      guard values.count == (number == 1 ? 3 : 2) else { throw WireReader.Fault() }
      switch number {
      case 1:
        guard let kind = ColumnRows.Kind(rawValue: values[0]) else { throw WireReader.Fault() }
        return (token, .column(name: name, as: kind, first: values[1], count: values[2]))
      case 2: return (token, .chunks(name: name, first: values[0], count: values[1]))
      case 6: return (token, .stored(name: name, first: values[0], count: values[1]))
      case 7: return (token, .lists(name: name, first: values[0], count: values[1]))
      default: return (token, .rows(name: name, first: values[0], count: values[1]))
      }
    }
  }
}

/// Why the child declines.
enum HDF5Refusal: Int {
  case unspecified = 0
  /// The file does not open.
  case cannotOpen
  /// A column does not open or read.
  case cannotRead
  /// Rows that were asked for were never written.
  case neverWritten
  /// There is more in the file than anybody reads.
  case tooMuch
}

/// Some rows of a column, encoded: integers as 64 bits, floats as 32 or 64, texts with their lengths.
package enum ColumnRows {
  package enum Kind: Int, Sendable { case integers = 0, floats, doubles, texts }

  static func integers(_ bytes: [UInt8]) throws -> [Int] {
    var wire = WireReader(bytes)
    let values = try wire.ints()
    try wire.end()
    return values
  }

  static func texts(_ bytes: [UInt8]) throws -> [String] {
    var wire = WireReader(bytes)
    let values = try wire.list { try $0.text() }
    try wire.end()
    return values
  }

  /// `count` numbers as they lie in memory.
  static func numbers<T>(_ bytes: [UInt8], _ count: Int, _ zero: T) throws -> [T] {
    guard bytes.count == count * MemoryLayout<T>.stride else { throw WireReader.Fault() }
    return bytes.withUnsafeBytes { raw in
      [T](unsafeUninitializedCapacity: count) { out, done in
        if count > 0 { UnsafeMutableRawBufferPointer(out).copyMemory(from: UnsafeRawBufferPointer(raw)) }
        done = count
      }
    }
  }
}
