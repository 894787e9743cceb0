import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The safetensors container: u64 little-endian header length, a JSON header, one contiguous buffer.
/// Format: https://github.com/huggingface/safetensors. Reading is strict; whatever could be misread is refused. Several
/// files under an index are read as one, and a GGUF file (`GGUF`) as if it were one of these.
public struct Safetensors {
  public struct Entry: Sendable, Equatable {
    public let name: String
    public let type: ElementType
    public let shape: [Int]
    /// Bytes in the buffer of its file.
    public let range: Range<Int>
    /// Which of the files it is in, where there are several.
    let part: Int
    public var count: Int { shape.reduce(1, *) }
  }

  public enum ElementType: String, CaseIterable, Sendable {
    case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64
    /// Blocks of ggml's, which stand in GGUF files alone.
    case Q8_0, Q4_0, Q4_K, Q5_K, Q6_K
    /// Those of the safetensors format.
    static var plain: [Self] { allCases.filter { $0.block.elements == 1 } }
    /// Dtypes of the format that are not read here: less than eight bits an element, other floats of eight, and complex
    /// numbers.
    static let unreadable: Set<String> = ["F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0", "F6_E2M3", "F6_E3M2", "F4", "C64"]
    /// Whether `read` takes it.
    public var isFloatingPoint: Bool { [.F16, .BF16, .F32, .F64].contains(self) }
    /// A float of eight bits, whose scale stands in a tensor of its own where it has one.
    public var isEightBitFloat: Bool { self == .F8_E4M3 || self == .F8_E5M2 }
    /// Bytes of an element, of types that are not blocks.
    public var size: Int {
      precondition(block.elements == 1, "\(rawValue) has no bytes an element")
      return block.bytes
    }
    /// Elements of a block and the bytes they take.
    public var block: (elements: Int, bytes: Int) {
      switch self {
      case .BOOL, .U8, .I8, .F8_E4M3, .F8_E5M2: (1, 1)
      case .I16, .U16, .F16, .BF16: (1, 2)
      case .I32, .U32, .F32: (1, 4)
      case .F64, .I64, .U64: (1, 8)
      case .Q8_0: (32, 34)
      case .Q4_0: (32, 18)
      case .Q4_K: (256, 144)
      case .Q5_K: (256, 176)
      case .Q6_K: (256, 210)
      }
    }
  }

  public let path: String
  /// In the order of the buffer.
  public let entries: [Entry]
  public let metadata: [(key: String, value: String)]
  /// A file's bytes, and where its buffer begins.
  final class Part: Sendable {
    let file: OpenedFile
    let data: Data
    let start: Int
    init(_ file: OpenedFile, _ data: Data, start: Int) { (self.file, self.data, self.start) = (file, data, start) }
  }
  let parts: [Part]
  private let index: [String: Int]

  init(path: String, entries: [Entry], metadata: [(key: String, value: String)], parts: [Part]) {
    (self.path, self.entries, self.metadata, self.parts) = (path, entries, metadata, parts)
    index = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public subscript(metadata key: String) -> String? { metadata.first { $0.key == key }?.value }

  public func entry(_ name: String) -> Entry? { index[name].map { entries[$0] } }

  /// One file, or the index of several.
  /// - Throws: `Problem` naming what is malformed.
  public init(path: String) throws {
    self = path.hasSuffix(".json") ? try Self.sharded(path) : try Self.whole(path)
  }

  static func whole(_ path: String) throws -> Safetensors {
    let file = try OpenedFile(path), data = try file.mapped()
    func refuse(_ what: String) -> Problem {
      Problem(
        what, at: path, expected: "a safetensors file", fix: "get the file again: it is damaged or not safetensors")
    }
    if GGUF.isOne(data) { return try GGUF(data, at: path).table(file, data) }
    guard data.prefix(4) != Data("PK\u{3}\u{4}".utf8), data.prefix(2) != Data([0x80, 0x02]) else {
      throw Problem(
        "this is a PyTorch pickle, which is a program that runs when it is read: it is not opened here", at: path,
        expected: "safetensors or GGUF",
        fix:
          "get the safetensors of the same weights (ComfyUI's repackaged files have every part of Wan), or convert it "
          + "where you trust it: python -c \"import torch, safetensors.torch as s; "
          + "s.save_file(torch.load('FILE.pth', weights_only=True), 'FILE.safetensors')\"")
    }
    guard data.count >= 8 else { throw refuse("the file has \(data.count) bytes, too few for a header") }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100_000_000, length <= UInt64(data.count - 8) else {
      throw refuse("the header claims \(length) bytes of a file of \(data.count)")
    }
    let start = 8 + Int(length)
    guard length > 0, data[8] == UInt8(ascii: "{") else { throw refuse("the header is not a JSON object") }
    let header = try JSON.parse([UInt8](data[8..<start]), at: path + " (header)", depth: 3)
    var entries: [Entry] = [], metadata: [(String, String)] = []
    for field in header.fields ?? [] {
      if field.key == "__metadata__" {
        // What other writers put where they have nothing to say.
        if field.value == .null { continue }
        guard let items = field.value.fields else { throw refuse("__metadata__ is not an object of texts") }
        for item in items {
          guard let text = item.value.string else { throw refuse("__metadata__.\(item.key) is not text") }
          metadata.append((item.key, text))
        }
      } else {
        entries.append(try entry(field, refuse))
      }
    }
    guard entries.count <= 1_000_000 else { throw refuse("it lists \(entries.count) tensors") }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw refuse(
          "the tensor '\(entry.name)' begins at \(entry.range.lowerBound) where \(end) was expected: offsets overlap or leave a hole"
        )
      }
      end = entry.range.upperBound
    }
    guard end == data.count - start else {
      throw refuse("the tensors end at byte \(end) of a buffer of \(data.count - start)")
    }
    return Safetensors(path: path, entries: entries, metadata: metadata, parts: [Part(file, data, start: start)])
  }

  private static func entry(_ field: Value.Field, _ refuse: (String) -> Problem) throws -> Entry {
    guard let items = field.value.fields, items.count == 3, let name = field.value["dtype"]?.string,
      let sizes = field.value["shape"]?.array,
      let offsets = field.value["data_offsets"]?.array, offsets.count == 2, let from = offsets[0].integer,
      let to = offsets[1].integer
    else { throw refuse("the entry '\(field.key)' lacks dtype, shape or data_offsets") }
    guard let type = ElementType.plain.first(where: { $0.rawValue == name }) else {
      if ElementType.unreadable.contains(name) {
        var problem = refuse("the tensor '\(field.key)' has the dtype \(name), which is not supported here")
        problem.expected = ElementType.plain.map(\.rawValue).joined(separator: ", ")
        problem.fix = "convert the checkpoint to BF16, or get the variant of it that is"
        throw problem
      }
      throw refuse("the tensor '\(field.key)' has the unknown dtype \(name)")
    }
    var count = 1
    var shape: [Int] = []
    for size in sizes {
      guard let n = size.integer, n >= 0 else { throw refuse("the tensor '\(field.key)' has a bad shape") }
      let (product, overflow) = count.multipliedReportingOverflow(by: n)
      guard !overflow else { throw refuse("the tensor '\(field.key)' is too large") }
      count = product
      shape.append(n)
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.size)
    guard !overflow, from >= 0, to >= from, to - from == bytes else {
      throw refuse("the tensor '\(field.key)' has offsets \(from)…\(to) for \(count) elements of \(name)")
    }
    return Entry(name: field.key, type: type, shape: shape, range: from..<to, part: 0)
  }

  /// The elements of `entry` as floats, written to `out` (of `entry.count`). F32, F64, F16 and BF16 only.
  public func read(_ entry: Entry, into out: UnsafeMutableBufferPointer<Float>) throws {
    guard out.count == entry.count else {
      throw Problem("the tensor '\(entry.name)' has \(entry.count) elements, not \(out.count)", at: path)
    }
    let part = parts[entry.part]
    try part.data.withUnsafeBytes { bytes in
      let raw = UnsafeRawBufferPointer(
        rebasing: bytes[part.start + entry.range.lowerBound..<part.start + entry.range.upperBound])
      switch entry.type {
      case .F32: UnsafeMutableRawBufferPointer(out).copyMemory(from: raw)
      case .F64:
        for i in 0..<out.count {
          out[i] = Float(
            Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: i * 8, as: UInt64.self))))
        }
      case .BF16:
        for i in 0..<out.count {
          out[i] = Float(bfloat16: raw.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self))
        }
      case .F16:
        for i in 0..<out.count { out[i] = halfToFloat(raw.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)) }
      default:
        throw Problem("the tensor '\(entry.name)' holds \(entry.type.rawValue), not floating-point numbers", at: path)
      }
    }
  }

  public func floats(_ name: String) throws -> (shape: [Int], values: [Float]) {
    guard let entry = entry(name) else {
      throw Problem("there is no tensor '\(name)'" + Nearest.hint(name, entries.map(\.name)), at: path)
    }
    var values = [Float](repeating: 0, count: entry.count)
    try values.withUnsafeMutableBufferPointer { try read(entry, into: $0) }
    return (entry.shape, values)
  }

  /// The bytes of a tensor of bytes.
  public func bytes(_ name: String) throws -> (shape: [Int], values: [UInt8]) {
    guard let entry = entry(name) else {
      throw Problem("there is no tensor '\(name)'" + Nearest.hint(name, entries.map(\.name)), at: path)
    }
    guard entry.type == .U8 else {
      throw Problem("the tensor '\(name)' holds \(entry.type.rawValue), not bytes", at: path)
    }
    let values =
      entry.count == 0 ? [] : [UInt8](UnsafeRawBufferPointer(start: location(of: entry).at, count: entry.count))
    return (entry.shape, values)
  }

  /// SHA-256 of the data buffer alone, in key order: the identity of the weights, whatever the header says. Of several
  /// files, of their buffers one after the other.
  public var bufferHash: String { bufferHash(followedBy: nil) }

  /// The same of a model whose weights go on in another file.
  public func bufferHash(followedBy other: Safetensors?) -> String {
    var hasher = SHA256Hasher()
    for part in parts + (other?.parts ?? []) {
      part.data.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[part.start...])) }
    }
    return hasher.finish()
  }

  /// Where the bytes of `entry` lie in memory, mapped from its file, and what keeps them there.
  public func location(of entry: Entry) -> (at: UnsafeRawPointer, owner: AnyObject) {
    let part = parts[entry.part]
    // Pages of a mapping do not move while the part lives.
    return part.data.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { preconditionFailure("'\(entry.name)' lies in an empty file") }
      return (base + part.start + entry.range.lowerBound, part)
    }
  }

  /// Gives back the memory that the bytes of `entry` take, as far as they fill pages: who has read a large file once
  /// and goes on to the next tensor. They can be read again.
  package func forget(_ entry: Entry) {
    guard entry.range.count > 0 else { return }
    let page = Int(getpagesize()), place = Int(bitPattern: location(of: entry).at)
    let first = (place + page - 1) / page * page, end = (place + entry.range.count) / page * page
    guard end > first, let pages = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(pages, end - first, Int32(MADV_DONTNEED))
  }

  /// Has the system begin to read the bytes of `entry`, which will be needed soon.
  package func expect(_ entry: Entry) {
    guard entry.range.count > 0 else { return }
    let page = Int(getpagesize()), place = Int(bitPattern: location(of: entry).at), first = place / page * page
    guard let pages = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(pages, place + entry.range.count - first, Int32(MADV_WILLNEED))
  }

  /// For who holds on to what is mapped: that nobody wrote into the files since they were opened. Another file under
  /// their name changes nothing.
  public func requireUnchanged() throws { for part in parts { try part.file.requireUnchanged() } }

  /// Feeds an entry's bytes, as they are stored, to a hash.
  func hash(_ entry: Entry, into hasher: inout SHA256Hasher) {
    let part = parts[entry.part], range = part.start + entry.range.lowerBound..<part.start + entry.range.upperBound
    part.data.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  /// One tensor to write, f32.
  public struct Item {
    public let name: String
    public let shape: [Int]
    public let values: UnsafeBufferPointer<Float>
    public init(_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>) {
      precondition(shape.reduce(1, *) == values.count, "\(name): \(shape) and \(values.count) values")
      (self.name, self.shape, self.values) = (name, shape, values)
    }
  }

  /// Writes f32 tensors in the order given, aside and renamed. `"format": "pt"` is added, as other readers expect.
  /// - Returns: SHA-256 of the data buffer.
  @discardableResult
  public static func write(_ items: [Item], metadata: [(String, String)] = [], to path: String) throws -> String {
    var rest = items[...]
    return try SafetensorsWriter.write(
      items.map { SafetensorsWriter.Item($0.name, .F32, $0.shape) }, metadata: metadata, to: path
    ) { _, write in
      if let values = rest.popFirst()?.values { try write(UnsafeRawBufferPointer(values)) }
    }
  }
}

/// IEEE 754 binary16 to binary32.
private func halfToFloat(_ h: UInt16) -> Float {
  let sign = UInt32(h & 0x8000) << 16, exponent = UInt32(h >> 10 & 0x1F), fraction = UInt32(h & 0x3FF)
  switch exponent {
  case 0: return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
