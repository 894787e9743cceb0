/// A message's fields in order: integers of 64 bits, little-endian; lists and texts with their length before them.
package struct WireWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func put(_ value: Int) {
    withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
  }

  package mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

  package mutating func put(_ value: Double) { put(Int(bitPattern: UInt(value.bitPattern))) }

  package mutating func put(_ raw: UnsafeRawBufferPointer) {
    put(raw.count)
    bytes.append(contentsOf: raw)
  }

  package mutating func put(_ raw: [UInt8]) { raw.withUnsafeBytes { put($0) } }

  package mutating func put(_ text: String) { put(Array(text.utf8)) }

  package mutating func put(_ values: [Int]) {
    put(values.count)
    for value in values { put(value) }
  }
}

/// Reads what `WireWriter` wrote, or throws: the other side may say anything.
package struct WireReader {
  package struct Fault: Error {
    package init() {}
  }

  private let bytes: [UInt8]
  private var at = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= bytes.count - at else { throw Fault() }
    defer { at += count }
    return at..<at + count
  }

  package mutating func int() throws -> Int {
    let place = try next(8)
    return bytes.withUnsafeBytes {
      Int(Int64(littleEndian: $0.loadUnaligned(fromByteOffset: place.lowerBound, as: Int64.self)))
    }
  }

  /// An integer in `range`.
  package mutating func int(_ range: ClosedRange<Int>) throws -> Int {
    let value = try int()
    guard range.contains(value) else { throw Fault() }
    return value
  }

  package mutating func bool() throws -> Bool { try bytes[next(1).lowerBound] != 0 }

  package mutating func double() throws -> Double { Double(bitPattern: UInt64(UInt(bitPattern: try int()))) }

  package mutating func raw() throws -> [UInt8] { try Array(bytes[next(int())]) }

  package mutating func text() throws -> String { try String(decoding: bytes[next(int())], as: UTF8.self) }

  package mutating func ints() throws -> [Int] {
    let count = try int()
    guard count >= 0, count <= (bytes.count - at) / 8 else { throw Fault() }
    return try (0..<count).map { _ in try int() }
  }

  /// A list whose items take at least one byte each.
  package mutating func list<T>(_ item: (inout WireReader) throws -> T) throws -> [T] {
    let count = try int()
    guard count >= 0, count <= bytes.count - at else { throw Fault() }
    return try (0..<count).map { _ in try item(&self) }
  }

  /// - Throws: `Fault` unless everything was read.
  package func end() throws { guard at == bytes.count else { throw Fault() } }
}
