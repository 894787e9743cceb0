import CDeflate
import CFilters
import Files

/// The pages of one column in one row group.
struct ParquetPages {
  private let file: ParquetFile
  private let column: ParquetFile.Column
  private let codec: Int, first: Int, end: Int
  let wanted: Int
  private static let mostPageBytes = 1 << 28

  init(_ file: ParquetFile, _ column: ParquetFile.Column, _ facts: Thrift) throws {
    (self.file, self.column) = (file, column)
    let data = facts[9]?.int ?? -1, dictionary = facts[11]?.int
    codec = facts[4]?.int ?? 0
    first = dictionary.map { $0 > 0 ? min($0, data) : data } ?? data
    wanted = facts[5]?.int ?? -1
    let length = facts[7]?.int ?? -1
    guard first >= 4, length >= 0, first <= file.file.count, length <= file.file.count - first,
      (0...ParquetFile.mostValues).contains(wanted)
    else { throw file.damaged(column.name) }
    end = first + length
  }

  private func damaged() -> Problem { file.damaged(column.name) }

  func read(into out: inout ParquetValues) throws {
    let bytes = try file.file.bytes(first..<end)
    var at = 0, got = 0
    var dictionary = ParquetValues()
    while got < wanted {
      let header: Thrift
      do {
        header = try bytes.withUnsafeBytes { raw in
          var reader = ThriftReader(UnsafeRawBufferPointer(rebasing: raw[at...]))
          let found = try reader.structure()
          at += reader.at
          return found
        }
      } catch is Thrift.Fault { throw damaged() }
      guard let packed = header[3]?.int, let size = header[2]?.int, packed >= 0, packed <= bytes.count - at,
        (0...Self.mostPageBytes).contains(size), let kind = header[1]?.int
      else { throw damaged() }
      let page = bytes[at..<at + packed]
      at += packed
      switch kind {
      case 2:
        guard let count = header[7]?[1]?.int, (0...ParquetFile.mostValues).contains(count) else { throw damaged() }
        let plain = try unpack(Array(page), size)
        dictionary = ParquetValues()
        try self.plain(plain[...], count, into: &dictionary)
      case 0:
        guard let facts = header[5], let count = facts[1]?.int, count > 0, count <= wanted - got else {
          throw damaged()
        }
        try data(try unpack(Array(page), size)[...], count, facts[2]?.int ?? -1, dictionary, into: &out)
        got += count
      case 3:
        guard let facts = header[8], let count = facts[1]?.int, count > 0, count <= wanted - got,
          let defined = facts[5]?.int, let repeated = facts[6]?.int, defined >= 0, repeated >= 0,
          defined <= page.count - min(repeated, page.count), repeated <= page.count
        else { throw damaged() }
        let start = page.startIndex
        let levels = (page[start..<start + repeated], page[start + repeated..<start + repeated + defined])
        let rest = Array(page[(start + repeated + defined)...])
        let values = try facts[7]?.bool ?? true ? unpack(rest, size - repeated - defined) : rest
        try levels2(levels, count, into: &out)
        try self.values(values[...], count, facts[4]?.int ?? -1, dictionary, into: &out)
        got += count
      case 1: continue
      default: throw damaged()
      }
    }
  }

  private func unpack(_ bytes: [UInt8], _ size: Int) throws -> [UInt8] {
    guard size >= 0 else { throw damaged() }
    if codec == 0 { return bytes }
    if size == 0 { return [] }
    // No codec makes more than this of a byte.
    guard size / 100_000 <= bytes.count else { throw damaged() }
    var isWhole = false
    let out = [UInt8](unsafeUninitializedCapacity: size) { room, filled in
      let to = UnsafeMutableRawBufferPointer(start: room.baseAddress, count: size)
      isWhole = bytes.withUnsafeBytes { from in
        switch codec {
        case 1: return Snappy.decode(from, into: to)
        case 2: return (try? Inflater().inflateGzip(from, into: to)) ?? false
        case 6: return ZSTD_decompress(to.baseAddress, size, from.baseAddress, from.count) == size
        case 7: return LZ4Blocks.unpack(from, into: to)
        default: return false
        }
      }
      filled = isWhole ? size : 0
    }
    guard isWhole else {
      guard [1, 2, 6, 7].contains(codec) else {
        throw Problem(
          "the column '\(column.name)' is packed with codec \(codec), which is not read", at: file.file.path,
          expected: "Snappy, gzip, Zstandard, LZ4 or none", fix: "write it again with pyarrow's compression='zstd'")
      }
      throw damaged()
    }
    return out
  }

  private func data(
    _ bytes: ArraySlice<UInt8>, _ count: Int, _ encoding: Int, _ dictionary: ParquetValues,
    into out: inout ParquetValues
  ) throws {
    var rest = bytes
    func levels(_ most: Int) throws -> [UInt8] {
      guard most > 0 else { return [] }
      guard rest.count >= 4 else { throw damaged() }
      let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { throw damaged() }
      defer { rest = rest.dropFirst(length) }
      return try hybrid(rest.prefix(length), width: Self.bits(most), count).map { UInt8(truncatingIfNeeded: $0) }
    }
    out.repeated += try levels(column.mostRepeated)
    out.defined += try levels(column.mostDefined)
    out.count += count
    try values(rest, count, encoding, dictionary, into: &out)
  }

  private func levels2(
    _ levels: (ArraySlice<UInt8>, ArraySlice<UInt8>), _ count: Int, into out: inout ParquetValues
  ) throws {
    if column.mostRepeated > 0 {
      out.repeated += try hybrid(levels.0, width: Self.bits(column.mostRepeated), count).map {
        UInt8(truncatingIfNeeded: $0)
      }
    }
    if column.mostDefined > 0 {
      out.defined += try hybrid(levels.1, width: Self.bits(column.mostDefined), count).map {
        UInt8(truncatingIfNeeded: $0)
      }
    }
    out.count += count
  }

  private static func bits(_ most: Int) -> Int { Int.bitWidth - most.leadingZeroBitCount }

  private func values(
    _ bytes: ArraySlice<UInt8>, _ count: Int, _ encoding: Int, _ dictionary: ParquetValues,
    into out: inout ParquetValues
  ) throws {
    let there =
      column.mostDefined == 0 ? count : out.defined.suffix(count).count { Int($0) == column.mostDefined }
    switch encoding {
    case 0: try plain(bytes, there, into: &out)
    case 2, 8:
      guard there > 0 else { return }
      guard let width = bytes.first, width <= 32 else { throw damaged() }
      let places = try hybrid(bytes.dropFirst(), width: Int(width), there)
      if column.type == 6 || column.type == 7 {
        for place in places {
          guard place < dictionary.texts.count else { throw damaged() }
          out.texts.append(dictionary.texts[place])
        }
      } else {
        for place in places {
          guard place < dictionary.numbers.count else { throw damaged() }
          out.numbers.append(dictionary.numbers[place])
        }
      }
    case 3 where column.type == 0:
      guard bytes.count >= 4 else { throw damaged() }
      out.numbers += try hybrid(bytes.dropFirst(4), width: 1, there).map(Double.init)
    default:
      throw Problem(
        "the column '\(column.name)' has the encoding \(encoding), which is not read", at: file.file.path,
        expected: "plain or dictionary", fix: "write it again with pyarrow, as it does by itself")
    }
  }

  private func plain(_ bytes: ArraySlice<UInt8>, _ count: Int, into out: inout ParquetValues) throws {
    func numbers<T>(_ width: Int, _ kind: T.Type, _ value: (T) -> Double) throws {
      guard count <= bytes.count / width else { throw damaged() }
      bytes.withUnsafeBytes { raw in
        for i in 0..<count { out.numbers.append(value(raw.loadUnaligned(fromByteOffset: i * width, as: T.self))) }
      }
    }
    switch column.type {
    case 0:
      guard (count + 7) / 8 <= bytes.count else { throw damaged() }
      let start = bytes.startIndex
      for i in 0..<count { out.numbers.append(Double(bytes[start + i / 8] >> (i % 8) & 1)) }
    case 1: try numbers(4, Int32.self) { Double($0) }
    case 2: try numbers(8, Int64.self) { Double($0) }
    case 4: try numbers(4, UInt32.self) { Double(Float(bitPattern: $0)) }
    case 5: try numbers(8, UInt64.self) { Double(bitPattern: $0) }
    case 6:
      var at = bytes.startIndex
      for _ in 0..<count {
        guard bytes.endIndex - at >= 4 else { throw damaged() }
        let length = bytes[at..<at + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        at += 4
        guard length <= bytes.endIndex - at else { throw damaged() }
        out.texts.append(String(decoding: bytes[at..<at + length], as: UTF8.self))
        at += length
      }
    default:
      throw Problem(
        "the column '\(column.name)' has the Parquet type \(column.type), which is not read", at: file.file.path,
        fix: "write it as numbers or texts")
    }
  }

  /// Runs of one value, and values packed by bits, in turn.
  private func hybrid(_ bytes: ArraySlice<UInt8>, width: Int, _ count: Int) throws -> [Int] {
    var out: [Int] = [], at = bytes.startIndex
    guard width > 0 else { return [Int](repeating: 0, count: count) }
    while out.count < count {
      var head = 0, shift = 0
      while true {
        guard at < bytes.endIndex, shift < 35 else { throw damaged() }
        head |= Int(bytes[at] & 127) << shift
        at += 1
        if bytes[at - 1] < 128 { break }
        shift += 7
      }
      if head & 1 == 0 {
        let size = (width + 7) / 8
        guard size <= bytes.endIndex - at, head >> 1 > 0 else { throw damaged() }
        let value = bytes[at..<at + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        at += size
        out += repeatElement(value, count: min(head >> 1, count - out.count))
      } else {
        let groups = head >> 1
        guard groups > 0 else { throw damaged() }
        var buffer: UInt64 = 0, held = 0
        let last = min(bytes.endIndex, at + min(groups, bytes.count) * width)
        for _ in 0..<min(groups * 8, count - out.count) {
          while held < width {
            guard at < last else { throw damaged() }
            buffer |= UInt64(bytes[at]) << UInt64(held)
            held += 8
            at += 1
          }
          out.append(Int(buffer & (1 << UInt64(width) - 1)))
          buffer >>= UInt64(width)
          held -= width
        }
        if out.count < count { at = last }
      }
    }
    return out
  }
}
