/// What a JPEG (ITU-T T.81) says of itself before its picture: sizes and comments. Nothing is decoded.
struct JPEGHeader: Equatable {
  var width = 0, height = 0
  var comments: [[UInt8]] = []

  static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  /// Nil when the bytes are no JPEG or end before its frame's header.
  init?(_ bytes: [UInt8]) {
    guard Self.begins(bytes) else { return nil }
    var at = 2
    while at + 4 <= bytes.count {
      guard bytes[at] == 0xFF else { return nil }
      let marker = bytes[at + 1]
      if marker == 0xFF {
        at += 1
        continue
      }
      let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
      guard length >= 2, length <= bytes.count - at - 2 else { return nil }
      switch marker {
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard length >= 8 else { return nil }
        height = Int(bytes[at + 5]) << 8 | Int(bytes[at + 6])
        width = Int(bytes[at + 7]) << 8 | Int(bytes[at + 8])
        guard (1...16384).contains(width), (1...16384).contains(height) else { return nil }
        return
      case 0xFE: if comments.count < 16 { comments.append(Array(bytes[at + 4..<at + 2 + length])) }
      case 0xDA, 0xD9: return nil
      default: break
      }
      at += 2 + length
    }
    return nil
  }
}
