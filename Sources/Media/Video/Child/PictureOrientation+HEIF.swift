import Files

extension PictureOrientation {
  /// Whether a file is a HEIF or AVIF picture with a turn or a mirror among its properties (ISO/IEC 23008-12, 6.5.10
  /// and 6.5.12), which this libav does not pass on.
  static func isTurnedHEIF(_ file: OpenedFile) -> Bool {
    guard isHEIF(file), let meta = box("meta", 0..<file.count, file),
      let properties = box("iprp", meta.lowerBound + 4..<max(meta.lowerBound + 4, meta.upperBound), file),
      let all = box("ipco", properties, file)
    else { return false }
    return box("imir", all, file) != nil || box("irot", all, file).map { turn($0, file) != 0 } ?? false
  }

  /// By the brands of its first box.
  static func isHEIF(_ file: OpenedFile) -> Bool {
    guard file.count >= 16, let head = try? file.bytes(0..<16), Array(head[4..<8]) == Array("ftyp".utf8) else {
      return false
    }
    return ["heic", "heix", "heim", "heis", "mif1", "avif"].contains { Array(head[8..<12]) == Array($0.utf8) }
  }

  private static func turn(_ body: Range<Int>, _ file: OpenedFile) -> UInt8 {
    guard !body.isEmpty, let byte = try? file.bytes(body.lowerBound..<body.lowerBound + 1) else { return 0 }
    return byte[0] & 3
  }

  /// Where the body of the first box of a name lies.
  private static func box(_ name: String, _ range: Range<Int>, _ file: OpenedFile) -> Range<Int>? {
    var position = range.lowerBound
    for _ in 0..<1000 {
      guard position >= 0, position <= range.upperBound - 8, let head = try? file.bytes(position..<position + 8) else {
        return nil
      }
      let count = head[0..<4].reduce(0) { $0 << 8 | Int($1) }, end = count == 0 ? range.upperBound : position + count
      guard count == 0 || count >= 8, end <= range.upperBound else { return nil }
      if Array(head[4..<8]) == Array(name.utf8) { return position + 8..<end }
      position = end
    }
    return nil
  }
}
