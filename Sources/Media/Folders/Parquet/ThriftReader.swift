/// Reads Thrift's compact protocol (THRIFT-110), bounded in depth and count by the bytes there are.
struct ThriftReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var at = 0
  private static let mostLevels = 16

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func structure(_ level: Int = 0) throws -> Thrift {
    guard level < Self.mostLevels else { throw Thrift.Fault() }
    var fields: [Int: Thrift] = [:], last = 0
    while true {
      let head = try byte()
      if head == 0 { return .fields(fields) }
      let step = Int(head >> 4), kind = head & 15
      last = try step == 0 ? zigzag() : last + step
      guard (0...Int(Int16.max)).contains(last) else { throw Thrift.Fault() }
      fields[last] = try kind == 1 ? .bool(true) : kind == 2 ? .bool(false) : value(kind, level + 1)
    }
  }

  private mutating func value(_ kind: UInt8, _ level: Int) throws -> Thrift {
    switch kind {
    case 1, 2: return .bool(try byte() == 1)
    case 3: return .int(Int(Int8(bitPattern: try byte())))
    case 4, 5, 6: return .int(try zigzag())
    case 7:
      guard bytes.count - at >= 8 else { throw Thrift.Fault() }
      defer { at += 8 }
      return .double(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))))
    case 8:
      let count = try varint()
      guard count <= bytes.count - at else { throw Thrift.Fault() }
      defer { at += count }
      return .bytes(Array(bytes[at..<at + count]))
    case 9, 10:
      let head = try byte()
      let count = try head >> 4 == 15 ? varint() : Int(head >> 4)
      guard count <= bytes.count - at, level < Self.mostLevels else { throw Thrift.Fault() }
      return .list(try (0..<count).map { _ in try value(head & 15, level + 1) })
    case 11:
      let count = try varint()
      guard count <= bytes.count - at, level < Self.mostLevels else { throw Thrift.Fault() }
      guard count > 0 else { return .list([]) }
      let kinds = try byte()
      for _ in 0..<count {
        _ = try value(kinds >> 4, level + 1)
        _ = try value(kinds & 15, level + 1)
      }
      return .list([])
    case 12: return try structure(level)
    default: throw Thrift.Fault()
    }
  }

  private mutating func byte() throws -> UInt8 {
    guard at < bytes.count else { throw Thrift.Fault() }
    defer { at += 1 }
    return bytes[at]
  }

  private mutating func varint() throws -> Int {
    var value: UInt64 = 0, shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 else { throw Thrift.Fault() }
      value |= UInt64(next & 127) << shift
      if next < 128 { break }
      shift += 7
    }
    guard let out = Int(exactly: value) else { throw Thrift.Fault() }
    return out
  }

  private mutating func zigzag() throws -> Int {
    var value: UInt64 = 0, shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift <= 63 else { throw Thrift.Fault() }
      value |= UInt64(next & 127) << shift
      if next < 128 { break }
      shift += 7
    }
    return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
  }
}
