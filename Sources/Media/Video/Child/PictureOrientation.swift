import Files

/// The orientation a picture file states: EXIF in JPEG, PNG and WebP, TIFF's own tag (CIPA DC-008, 4.6.4; TIFF 6.0). What
/// cannot be read is upright.
package enum PictureOrientation {
  package static func read(_ file: OpenedFile) -> Orientation? {
    guard let block = try? block(file), let number = number(block) else { return nil }
    return Orientation(exif: number)
  }

  /// What a TIFF reader would be given: at most a mebibyte of it.
  private static func block(_ file: OpenedFile) throws -> [UInt8]? {
    let head = try file.bytes(0..<min(12, file.count))
    guard head.count == 12 else { return nil }
    if head.starts(with: [0xFF, 0xD8]) { return try jpeg(file) }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      return try chunks(file, from: 8, "eXIf", extra: 4) {
        big($0[0..<4])
      } name: {
        Array($0[4..<8])
      }
    }
    if head.starts(with: Array("RIFF".utf8)), Array(head[8..<12]) == Array("WEBP".utf8) {
      return try chunks(file, from: 12, "EXIF", extra: 0) {
        big($0[4..<8].reversed())
      } name: {
        Array($0[0..<4])
      }
    }
    if head.starts(with: [0x49, 0x49, 0x2A, 0]) || head.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      return try tiff(file, isLittle: head[0] == 0x49)
    }
    return nil
  }

  private static let most = 1 << 20
  private static let exif = Array("Exif".utf8) + [0, 0]

  private static func jpeg(_ file: OpenedFile) throws -> [UInt8]? {
    var position = 2
    for _ in 0..<1000 {
      guard position + 4 <= file.count else { return nil }
      let head = try file.bytes(position..<position + 4)
      guard head[0] == 0xFF else { return nil }
      // A marker may be filled up; pictures begin at SOS.
      if head[1] == 0xFF { position += 1; continue }
      guard head[1] != 0xDA, head[1] != 0xD9 else { return nil }
      let length = big(head[2..<4]), end = position + 2 + length
      guard length >= 2, end <= file.count else { return nil }
      if head[1] == 0xE1 {
        let body = try file.bytes(position + 4..<end)
        if body.starts(with: exif) { return Array(body.dropFirst(exif.count)) }
      }
      position = end
    }
    return nil
  }

  /// The body of the first chunk of a name. - Parameter extra: bytes after a body, beside padding to even (RIFF).
  private static func chunks(
    _ file: OpenedFile, from start: Int, _ wanted: String, extra: Int, length: ([UInt8]) -> Int,
    name: ([UInt8]) -> [UInt8]
  ) throws -> [UInt8]? {
    var position = start
    for _ in 0..<10_000 {
      guard position + 8 <= file.count else { return nil }
      let head = try file.bytes(position..<position + 8), count = length(head)
      guard count <= file.count - position - 8 else { return nil }
      if name(head) == Array(wanted.utf8) {
        guard count <= most else { return nil }
        let body = try file.bytes(position + 8..<position + 8 + count)
        return body.starts(with: exif) ? Array(body.dropFirst(exif.count)) : body
      }
      position += 8 + count + (extra == 0 ? count % 2 : extra)
    }
    return nil
  }

  /// A TIFF's header, and its first directory laid right behind it.
  private static func tiff(_ file: OpenedFile, isLittle: Bool) throws -> [UInt8]? {
    func number(_ bytes: ArraySlice<UInt8>) -> Int { isLittle ? big(bytes.reversed()) : big(bytes) }
    let head = try file.bytes(0..<8), offset = number(head[4..<8])
    guard offset >= 8, offset + 2 <= file.count else { return nil }
    let count = number(try file.bytes(offset..<offset + 2)[...])
    guard count <= 4096, offset + 2 + 12 * count <= file.count else { return nil }
    let moved: [UInt8] = isLittle ? [8, 0, 0, 0] : [0, 0, 0, 8]
    return Array(head[0..<4]) + moved + (try file.bytes(offset..<offset + 2 + 12 * count))
  }

  /// Tag 0x0112 of the first directory.
  private static func number(_ block: [UInt8]) -> Int? {
    guard block.count >= 10, block[0] == block[1], block[0] == 0x49 || block[0] == 0x4D else { return nil }
    func number(_ at: Int, _ size: Int) -> Int {
      block[0] == 0x49 ? big(block[at..<at + size].reversed()) : big(block[at..<at + size])
    }
    let start = number(4, 4)
    guard number(2, 2) == 42, start >= 8, start <= block.count - 2 else { return nil }
    for i in 0..<number(start, 2) {
      let at = start + 2 + 12 * i
      guard at + 12 <= block.count else { return nil }
      // One SHORT.
      if number(at, 2) == 0x0112, number(at + 2, 2) == 3, number(at + 4, 4) == 1 { return number(at + 8, 2) }
    }
    return nil
  }

  private static func big(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
