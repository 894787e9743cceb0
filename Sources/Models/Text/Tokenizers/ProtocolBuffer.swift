import Files

/// The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as `spiece.model` needs it:
/// fields of a message one after the other, nothing copied.
struct ProtocolBuffer {
  /// A field's contents: a number, or the range of its bytes in the file.
  enum Contents {
    case number(UInt64)
    case float(Float)
    case bytes(Range<Int>)
  }

  let bytes: [UInt8]
  let place: String

  func damaged(_ what: String) -> Problem {
    Problem(
      what, at: place, expected: "a SentencePiece model, such as spiece.model",
      fix: "get the tokenizer again: it is damaged or not one")
  }

  /// Runs `body(field, contents)` over the fields of the message in `range`. - Throws: `Problem` where it is malformed.
  func fields(in range: Range<Int>, _ body: (Int, Contents) throws -> Void) throws {
    var at = range.lowerBound
    func varint() throws -> UInt64 {
      var value: UInt64 = 0, shift: UInt64 = 0
      while at < range.upperBound {
        let byte = bytes[at]
        at += 1
        guard shift < 64 else { throw damaged("a number at byte \(at) is longer than 64 bits") }
        value |= UInt64(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return value }
        shift += 7
      }
      throw damaged("the file ends within a number, at byte \(at)")
    }
    func skip(_ count: UInt64) throws -> Range<Int> {
      guard count <= UInt64(range.upperBound - at) else {
        throw damaged("a field at byte \(at) claims \(count) bytes, \(range.upperBound - at) are left")
      }
      let from = at
      at += Int(count)
      return from..<at
    }
    while at < range.upperBound {
      let key = try varint(), field = key >> 3
      guard field > 0, field < 1 << 29 else { throw damaged("a field at byte \(at) has the number \(field)") }
      switch key & 7 {
      case 0: try body(Int(field), .number(try varint()))
      case 1: _ = try skip(8)
      case 2: try body(Int(field), .bytes(try skip(try varint())))
      case 5:
        let word = try skip(4)
        try body(Int(field), .float(Float(bitPattern: Self.word(bytes, at: word.lowerBound))))
      default: throw damaged("a field at byte \(at) has the unknown wire type \(key & 7)")
      }
    }
  }

  /// Four bytes, little-endian, which are there.
  static func word(_ bytes: [UInt8], at: Int) -> UInt32 {
    UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
  }
}
