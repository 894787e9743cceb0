import Files

extension CBOR {
  /// How much a document may ask of its reader.
  public struct Limits: Sendable {
    public var depth = 32
    /// Items of all kinds, keys included.
    public var items = 200_000
    public init() {}
  }

  /// Reads one item that fills `bytes`.
  /// - Throws: `Problem` with the byte's offset: truncated, reserved, nested too deep, a key twice, text that is not
  ///   UTF-8, bytes left over.
  public init(_ bytes: some Collection<UInt8>, at place: String, limits: Limits = Limits()) throws {
    var decoder = Decoder(bytes: ContiguousArray(bytes), place: place, limits: limits)
    self = try decoder.item(depth: 0)
    guard decoder.position == decoder.bytes.count else {
      throw decoder.problem("\(decoder.bytes.count - decoder.position) bytes are left after the item")
    }
  }

  /// Reads one item that nothing but zeros follows: a box may be made larger than what it holds.
  /// - Throws: as the initialiser does.
  static func padded(_ bytes: [UInt8], at place: String, limits: Limits = Limits()) throws -> CBOR {
    var decoder = Decoder(bytes: ContiguousArray(bytes), place: place, limits: limits)
    let item = try decoder.item(depth: 0)
    guard decoder.bytes[decoder.position...].allSatisfy({ $0 == 0 }) else {
      throw decoder.problem("what follows the item is no padding")
    }
    return item
  }

  private struct Decoder {
    let bytes: ContiguousArray<UInt8>
    let place: String
    let limits: Limits
    var position = 0, items = 0

    func problem(_ what: String) -> Problem {
      Problem("the CBOR cannot be read at byte \(position): \(what)", at: place)
    }

    mutating func byte() throws -> UInt8 {
      guard position < bytes.count else { throw problem("it ends too soon") }
      defer { position += 1 }
      return bytes[position]
    }

    mutating func take(_ count: UInt64) throws -> ContiguousArray<UInt8>.SubSequence {
      guard count <= UInt64(bytes.count - position) else { throw problem("it ends too soon") }
      defer { position += Int(count) }
      return bytes[position..<position + Int(count)]
    }

    mutating func number(_ count: UInt64) throws -> UInt64 { try take(count).reduce(0) { $0 << 8 | UInt64($1) } }

    /// The head's argument; nil for an indefinite length.
    mutating func argument(_ info: UInt8) throws -> UInt64? {
      switch info {
      case 0..<24: return UInt64(info)
      case 24: return try number(1)
      case 25: return try number(2)
      case 26: return try number(4)
      case 27: return try number(8)
      case 31: return nil
      default: throw problem("reserved additional information \(info)")
      }
    }

    mutating func item(depth: Int) throws -> CBOR {
      guard depth <= limits.depth else { throw problem("it nests deeper than \(limits.depth) levels") }
      items += 1
      guard items <= limits.items else { throw problem("it has more than \(limits.items) items") }
      let head = try byte(), major = head >> 5, info = head & 0x1F
      if major == 7 { return try simple(info) }
      let argument = try argument(info)
      switch major {
      case 0: return .unsigned(try definite(argument))
      case 1: return .negative(try definite(argument))
      case 2: return .bytes(try string(argument, major: 2))
      case 3:
        guard let text = String(validating: try string(argument, major: 3), as: UTF8.self) else {
          throw problem("the text is not valid UTF-8")
        }
        return .text(text)
      case 4: return .array(try list(argument, depth))
      case 5: return .map(try map(argument, depth))
      default: return .tagged(try definite(argument), try item(depth: depth + 1))
      }
    }

    func definite(_ argument: UInt64?) throws -> UInt64 {
      guard let argument else { throw problem("a number or a tag cannot have an indefinite length") }
      return argument
    }

    /// Whole, or in definite chunks of the same kind (§3.2.3). Each chunk of text must be UTF-8 by itself.
    mutating func string(_ argument: UInt64?, major: UInt8) throws -> [UInt8] {
      if let argument { return Array(try take(argument)) }
      var out: [UInt8] = []
      while true {
        let head = try byte()
        if head == 0xFF { return out }
        guard head >> 5 == major, let count = try self.argument(head & 0x1F) else {
          throw problem("a chunk of another kind stands in a string")
        }
        let chunk = try take(count)
        guard major == 2 || String(validating: chunk, as: UTF8.self) != nil else {
          throw problem("the text is not valid UTF-8")
        }
        out += chunk
      }
    }

    mutating func list(_ argument: UInt64?, _ depth: Int) throws -> [CBOR] {
      var out: [CBOR] = []
      if let argument {
        guard argument <= UInt64(bytes.count - position) else { throw problem("it ends too soon") }
        for _ in 0..<argument { out.append(try item(depth: depth + 1)) }
      } else {
        while try !atBreak() { out.append(try item(depth: depth + 1)) }
      }
      return out
    }

    mutating func map(_ argument: UInt64?, _ depth: Int) throws -> [Pair] {
      var out: [Pair] = [], keys: Set<[UInt8]> = []
      if let argument, argument > UInt64(bytes.count - position) / 2 { throw problem("it ends too soon") }
      var left = argument
      while true {
        if let n = left { if n == 0 { return out }; left = n - 1 } else if try atBreak() { return out }
        let key = try item(depth: depth + 1)
        guard keys.insert(key.encoded).inserted else { throw problem("a key stands twice in a map") }
        out.append(Pair(key, try item(depth: depth + 1)))
      }
    }

    mutating func atBreak() throws -> Bool {
      guard position < bytes.count else { throw problem("it ends too soon") }
      guard bytes[position] == 0xFF else { return false }
      position += 1
      return true
    }

    mutating func simple(_ info: UInt8) throws -> CBOR {
      switch info {
      case 0..<24: return .simple(info)
      case 24:
        let n = try byte()
        guard n >= 32 else { throw problem("the simple value \(n) is written with two bytes") }
        return .simple(n)
      case 25: return .float(Half.value(UInt16(try number(2))))
      case 26: return .float(Double(Float(bitPattern: UInt32(try number(4)))))
      case 27: return .float(Double(bitPattern: try number(8)))
      default:
        throw problem(
          info == 31 ? "a break stands outside an indefinite item" : "reserved additional information \(info)")
      }
    }
  }
}
