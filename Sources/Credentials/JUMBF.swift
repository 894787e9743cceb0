import Files

/// JUMBF superboxes (ISO/IEC 19566-5), as far as C2PA uses them: `jumb` holds a description `jumd` and then content.
public struct JUMBF: Sendable, Equatable {
  /// The first four bytes of the type's UUID: `c2pa`, `c2ma`, `c2as`, `cbor`, `json`, …
  public let type: String
  public let label: String
  public let content: [Content]
  /// The superbox without its 8-byte header: what hashes of assertions and manifests are taken over.
  public let payload: [UInt8]

  public enum Content: Sendable, Equatable {
    case superbox(JUMBF)
    case leaf(type: String, bytes: [UInt8])
  }

  /// Boxes of one store, and levels of nesting, at most.
  static let mostBoxes = 20_000, mostDepth = 16

  /// Type UUIDs are a four-character code and this (ISO/IEC 19566-5 Annex B; C2PA §11.1).
  private static let suffix: [UInt8] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71]
  /// Types outside that scheme (embedded files).
  private static let named: [[UInt8]: String] = [
    [0x40, 0xCB, 0x0C, 0x32, 0xBB, 0x8A, 0x48, 0x9D, 0xA7, 0x0B, 0x2A, 0xD6, 0xF4, 0x7F, 0x43, 0x69]: "bfdb"
  ]

  public init(_ type: String, _ label: String, _ content: [Content]) {
    (self.type, self.label, self.content) = (type, label, content)
    var out = Self.box("jumd", Array(type.utf8) + Self.suffix + [0x03] + Array(label.utf8) + [0])
    for part in content {
      switch part {
      case .superbox(let box): out += box.bytes
      case .leaf(let type, let bytes): out += Self.box(type, bytes)
      }
    }
    payload = out
  }

  /// The box whole, header included.
  public var bytes: [UInt8] { Self.box("jumb", payload) }

  public var superboxes: [JUMBF] { content.compactMap { if case .superbox(let box) = $0 { box } else { nil } } }

  public func superbox(_ label: String) -> JUMBF? { superboxes.first { $0.label == label } }

  public func leaf(_ type: String) -> [UInt8]? {
    for case .leaf(type, let bytes) in content { return bytes }
    return nil
  }

  static func box(_ type: String, _ bytes: [UInt8]) -> [UInt8] {
    BigEndian.big32(UInt32(bytes.count + 8)) + Array(type.utf8) + bytes
  }

  /// Reads one superbox that fills `bytes`; zero bytes after it are padding.
  public init(_ bytes: some Collection<UInt8>, at place: String) throws {
    var reader = Reader(bytes: ContiguousArray(bytes), place: place)
    let (type, range, next) = try reader.header(0, reader.bytes.count)
    guard type == "jumb" else { throw reader.problem("it begins with '\(type)'", 0) }
    guard reader.bytes[next...].allSatisfy({ $0 == 0 }) else { throw reader.problem("bytes follow the store", next) }
    self = try reader.superbox(range, depth: 0)
  }

  private init(type: String, label: String, content: [Content], payload: [UInt8]) {
    (self.type, self.label, self.content, self.payload) = (type, label, content, payload)
  }

  private struct Reader {
    let bytes: ContiguousArray<UInt8>
    let place: String
    var boxes = 0

    func problem(_ what: String, _ at: Int) -> Problem {
      Problem(
        "the manifest store cannot be read at byte \(at): \(what)", at: place, expected: "JUMBF (ISO/IEC 19566-5)")
    }

    /// The box at `start`: its type, its content, and where the next one begins.
    mutating func header(_ start: Int, _ end: Int) throws -> (type: String, range: Range<Int>, next: Int) {
      boxes += 1
      guard boxes <= JUMBF.mostBoxes else { throw problem("it has more than \(JUMBF.mostBoxes) boxes", start) }
      guard end - start >= 8 else { throw problem("a box ends too soon", start) }
      var length = UInt64(BigEndian.number(bytes[start..<start + 4])), head = 8
      let type = String(decoding: bytes[start + 4..<start + 8], as: UTF8.self)
      if length == 1 {
        guard end - start >= 16 else { throw problem("a box ends too soon", start) }
        (length, head) = (BigEndian.number(bytes[start + 8..<start + 16]), 16)
      } else if length == 0 {
        length = UInt64(end - start)
      }
      guard length >= UInt64(head), length <= UInt64(end - start) else {
        throw problem("the box '\(type)' claims \(length) bytes of \(end - start)", start)
      }
      return (type, start + head..<start + Int(length), start + Int(length))
    }

    mutating func superbox(_ range: Range<Int>, depth: Int) throws -> JUMBF {
      guard depth <= JUMBF.mostDepth else {
        throw problem("it nests deeper than \(JUMBF.mostDepth) levels", range.lowerBound)
      }
      let (first, description, next) = try header(range.lowerBound, range.upperBound)
      guard first == "jumd" else {
        throw problem("a superbox begins with '\(first)', not with its description", range.lowerBound)
      }
      let (type, label) = try describe(description)
      var content: [Content] = [], position = next
      while position < range.upperBound {
        let (type, inner, next) = try header(position, range.upperBound)
        content.append(
          type == "jumb"
            ? .superbox(try superbox(inner, depth: depth + 1)) : .leaf(type: type, bytes: Array(bytes[inner])))
        position = next
      }
      return JUMBF(type: type, label: label, content: content, payload: Array(bytes[range]))
    }

    func describe(_ range: Range<Int>) throws -> (type: String, label: String) {
      guard range.count >= 17 else { throw problem("a description is too short", range.lowerBound) }
      let uuid = Array(bytes[range.lowerBound..<range.lowerBound + 16]), toggles = bytes[range.lowerBound + 16]
      let type =
        JUMBF.named[uuid]
        ?? (Array(uuid[4...]) == JUMBF.suffix
          ? String(decoding: uuid[..<4], as: UTF8.self) : uuid.map { BigEndian.hex($0) }.joined())
      guard toggles & 0x02 != 0 else { return (type, "") }
      let rest = bytes[range.lowerBound + 17..<range.upperBound]
      guard let end = rest.firstIndex(of: 0), let label = String(validating: rest[..<end], as: UTF8.self) else {
        throw problem("a label does not end or is not UTF-8", range.lowerBound + 17)
      }
      return (type, label)
    }
  }
}
