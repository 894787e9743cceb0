import Foundation

/// The header of a GGUF file, the container of ggml (https://github.com/ggml-org/ggml, its page on GGUF),
/// version 2 or 3, little-endian: key-value pairs, then where each tensor lies. Every count, size and offset is held
/// against the file before it is used.
///
/// Sizes stand in it the fastest axis first; they are turned over here. Names of video models are their original ones.
struct GGUF {
  struct Entry {
    let name: String
    let type: Safetensors.ElementType
    let shape: [Int]
    /// Bytes after the header.
    let range: Range<Int>
  }

  let path: String
  /// Texts of the key-value pairs, in order.
  private(set) var metadata: [(key: String, value: String)] = []
  private(set) var entries: [Entry] = []
  /// Where tensors begin.
  private(set) var start = 0

  static func isOne(_ data: Data) -> Bool { data.prefix(4) == Data("GGUF".utf8) }

  /// ggml's numbers for its types.
  private static let types: [UInt32: Safetensors.ElementType] = [
    0: .F32, 1: .F16, 2: .Q4_0, 8: .Q8_0, 12: .Q4_K, 13: .Q5_K, 14: .Q6_K, 24: .I8, 25: .I16, 26: .I32, 27: .I64,
    28: .F64, 30: .BF16,
  ]
  /// Those that are not read here, by name.
  private static let otherTypes: [UInt32: String] = [
    3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0",
    35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
  ]
  private static let readable = "F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q5_K, Q6_K"
  /// Tensors and pairs a file may have, axes of a tensor, depth of lists.
  private static let most = (tensors: 1_000_000, pairs: 1_000_000, axes: 8, depth: 4)
  /// Shapes that ggml's four axes cannot hold stand in the metadata.
  private static let originalShape = "comfy.gguf.orig_shape."

  /// - Throws: `Problem` naming what is malformed.
  init(_ data: Data, at path: String) throws {
    self.path = path
    var reader = Reader(data: data, path: path)
    reader.at = 4
    let version = try reader.number(UInt32.self)
    guard version == 2 || version == 3 else {
      throw reader.refuse(
        version.byteSwapped < 100 ? "it is big-endian" : "it is of version \(version); 2 and 3 are read here")
    }
    let tensors = try reader.count(), pairs = try reader.count()
    guard tensors <= Self.most.tensors, pairs <= Self.most.pairs else {
      throw reader.refuse("it claims \(tensors) tensors and \(pairs) keys")
    }
    var alignment = 32, shapes: [String: [Int]] = [:], keys: Set<String> = []
    for _ in 0..<pairs {
      let key = try reader.text()
      guard keys.insert(key).inserted else { throw reader.refuse("the key '\(key)' stands twice") }
      let value = try reader.value(depth: 0)
      if let text = value.string { metadata.append((key, text)) }
      if key == "general.alignment" { alignment = value.integer ?? 0 }
      if key.hasPrefix(Self.originalShape) {
        shapes[String(key.dropFirst(Self.originalShape.count))] = value.array?.compactMap(\.integer)
      }
    }
    guard alignment > 0, alignment <= 1 << 20, alignment & (alignment - 1) == 0 else {
      throw reader.refuse("general.alignment is \(alignment), which is no power of two")
    }
    let infos = try (0..<tensors).map { _ in try Self.info(&reader) }
    start = (reader.at + alignment - 1) / alignment * alignment
    guard start <= data.count || infos.isEmpty else { throw reader.refuse("it ends in its header") }
    try lay(infos, shapes, alignment, room: max(0, data.count - start), reader)
  }

  private struct Info {
    let name: String, type: Safetensors.ElementType, shape: [Int], count: Int, offset: Int
  }

  private static func info(_ reader: inout Reader) throws -> Info {
    let name = try reader.text(), axes = Int(try reader.number(UInt32.self))
    guard axes <= most.axes else { throw reader.refuse("the tensor '\(name)' has \(axes) axes") }
    var shape: [Int] = [], count = 1
    for _ in 0..<axes {
      let size = try reader.count(), (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw reader.refuse("the tensor '\(name)' is too large") }
      shape.insert(size, at: 0)
      count = product
    }
    let code = try reader.number(UInt32.self)
    guard let type = types[code] else {
      var problem = reader.refuse(
        "the tensor '\(name)' is of ggml's type \(otherTypes[code] ?? "number \(code)"), which is not read here")
      (problem.expected, problem.fix) = (readable, "get the variant of the checkpoint in one of these")
      throw problem
    }
    guard (shape.last ?? 1) % type.block.elements == 0 else {
      throw reader.refuse("rows of '\(name)' have \(shape.last ?? 1) elements, no whole blocks of \(type.rawValue)")
    }
    return Info(name: name, type: type, shape: shape, count: count, offset: try reader.count())
  }

  /// Tensors lie one after the other, each from the next multiple of the alignment on.
  private mutating func lay(
    _ infos: [Info], _ shapes: [String: [Int]], _ alignment: Int, room: Int, _ reader: Reader
  ) throws {
    var end = 0, names: Set<String> = []
    for info in infos.sorted(by: { ($0.offset, $0.count) < ($1.offset, $1.count) }) {
      guard names.insert(info.name).inserted else { throw reader.refuse("the tensor '\(info.name)' stands twice") }
      let (bytes, overflow) = (info.count / info.type.block.elements).multipliedReportingOverflow(
        by: info.type.block.bytes)
      guard !overflow, bytes <= room, info.offset <= room - bytes else {
        throw reader.refuse("the tensor '\(info.name)' ends after the file does")
      }
      guard info.offset == (end + alignment - 1) / alignment * alignment else {
        throw reader.refuse(
          "the tensor '\(info.name)' begins at \(info.offset), after one that ends at \(end): offsets overlap or leave a hole"
        )
      }
      end = info.offset + bytes
      var shape = info.shape
      if let original = shapes[info.name], !original.isEmpty {
        var count = 1
        for size in original {
          let (product, overflow) = count.multipliedReportingOverflow(by: max(0, size))
          count = overflow ? -1 : product
          if overflow { break }
        }
        guard count == info.count else {
          throw reader.refuse("the original shape of '\(info.name)' is \(original), of another number of elements")
        }
        shape = original
      }
      entries.append(Entry(name: info.name, type: info.type, shape: shape, range: info.offset..<end))
    }
    guard room - end < alignment else { throw reader.refuse("\(room - end) bytes follow the last tensor") }
  }

  /// The same as if it were a safetensors file.
  func table(_ file: OpenedFile, _ data: Data) -> Safetensors {
    Safetensors(
      path: path,
      entries: entries.map {
        Safetensors.Entry(name: $0.name, type: $0.type, shape: $0.shape, range: $0.range, part: 0)
      }, metadata: metadata, parts: [Safetensors.Part(file, data, start: min(start, data.count))])
  }
}

extension GGUF {
  /// Bytes in order, each piece held against the end.
  fileprivate struct Reader {
    let data: Data, path: String
    var at = 0

    func refuse(_ what: String) -> Problem {
      Problem(what, at: path, expected: "a GGUF file of version 2 or 3", fix: "get the file again: it is damaged")
    }

    mutating func number<T: FixedWidthInteger>(_: T.Type) throws -> T {
      let size = MemoryLayout<T>.size
      guard data.count - at >= size else { throw refuse("it ends in its header, at byte \(data.count)") }
      defer { at += size }
      return data.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
    }

    /// An unsigned number of 64 bits that counts or places something.
    mutating func count() throws -> Int {
      let n = try number(UInt64.self)
      guard n <= UInt64(Int.max) else { throw refuse("the number \(n) at byte \(at - 8) is too large") }
      return Int(n)
    }

    mutating func text() throws -> String {
      let length = try count()
      guard length <= data.count - at else {
        throw refuse("a text of \(length) bytes at byte \(at) ends after the file")
      }
      defer { at += length }
      guard let text = String(data: data[at..<at + length], encoding: .utf8) else {
        throw refuse("the text at byte \(at) is not UTF-8")
      }
      return text
    }

    private mutating func skip(_ count: Int, of size: Int) throws {
      let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, bytes <= data.count - at else {
        throw refuse("a list of \(count) at byte \(at) ends after the file")
      }
      at += bytes
    }

    /// A value of a pair. Lists are kept while they are short: nothing here needs the long ones (vocabularies).
    mutating func value(depth: Int) throws -> Value { try value(try number(UInt32.self), depth: depth) }

    private mutating func value(_ type: UInt32, depth: Int) throws -> Value {
      switch type {
      case 0: .integer(Int64(try number(UInt8.self)))
      case 1: .integer(Int64(try number(Int8.self)))
      case 2: .integer(Int64(try number(UInt16.self)))
      case 3: .integer(Int64(try number(Int16.self)))
      case 4: .integer(Int64(try number(UInt32.self)))
      case 5: .integer(Int64(try number(Int32.self)))
      case 6: .number(Double(Float(bitPattern: try number(UInt32.self))))
      case 7: .bool(try number(UInt8.self) != 0)
      case 8: .string(try text())
      case 9: try list(depth: depth + 1)
      case 10: .integer(Int64(truncatingIfNeeded: try number(UInt64.self)))
      case 11: .integer(try number(Int64.self))
      case 12: .number(Double(bitPattern: try number(UInt64.self)))
      default: throw refuse("a value has the unknown type \(type) at byte \(at - 4)")
      }
    }

    private mutating func list(depth: Int) throws -> Value {
      guard depth <= GGUF.most.depth else { throw refuse("lists are nested too deep") }
      let type = try number(UInt32.self), items = try count()
      let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
      if items > 64, let size = sizes[type] {
        try skip(items, of: size)
        return .null
      }
      // A text takes eight bytes at least, a list twelve: so many must be left.
      guard items <= (data.count - at) / (sizes[type] ?? 8) else {
        throw refuse("a list of \(items) at byte \(at) ends after the file")
      }
      var kept: [Value] = []
      for _ in 0..<items {
        let item = try value(type, depth: depth)
        if kept.count < 64 { kept.append(item) }
      }
      return .array(kept)
    }
  }
}
