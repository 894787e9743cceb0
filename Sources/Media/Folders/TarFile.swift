import Files

/// A POSIX tar (ustar, with GNU's and pax's long names), its members by place.
struct TarFile {
  struct Member { let name: String, bytes: Range<Int> }

  let file: OpenedFile
  let members: [Member]
  private static let mostMembers = 5_000_000, mostName = 1 << 16, mostMemory = 256 << 20

  init(_ path: String) throws {
    file = try OpenedFile(path)
    var members: [Member] = [], at = 0, long: String?
    func damaged(_ why: String) -> Problem {
      Problem("the tar is damaged at byte \(at): \(why)", at: path, fix: "copy it again")
    }
    while at + 512 <= file.count {
      let head = try file.bytes(at..<at + 512)
      if head.allSatisfy({ $0 == 0 }) { break }
      guard let size = Self.number(head[124..<136]), let sum = Self.number(head[148..<156]) else {
        throw damaged("a header is none")
      }
      let own = head.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
      guard own == sum else { throw damaged("a header's sum does not hold") }
      let begin = at + 512
      guard size <= file.count - begin else { throw damaged("a member goes past the end") }
      let kind = head[156]
      switch kind {
      case 0x4C where size <= Self.mostName:
        long = String(decoding: try file.bytes(begin..<begin + size).prefix { $0 != 0 }, as: UTF8.self)
      case 0x78 where size <= Self.mostName:
        // "LENGTH path=NAME\n" among other records.
        let text = String(decoding: try file.bytes(begin..<begin + size), as: UTF8.self)
        for line in text.split(separator: "\n") {
          guard let space = line.firstIndex(of: " "), line[line.index(after: space)...].hasPrefix("path=") else {
            continue
          }
          long = String(line[line.index(after: space)...].dropFirst(5))
        }
      case 0, 0x30:
        let short = Self.text(head[0..<100]),
          prefix = head[257..<262].elementsEqual("ustar".utf8) ? Self.text(head[345..<500]) : ""
        members.append(
          Member(name: long ?? (prefix.isEmpty ? short : prefix + "/" + short), bytes: begin..<begin + size))
        long = nil
        guard members.count <= Self.mostMembers else { throw damaged("it has too many members") }
      default: break
      }
      at = begin + (size + 511) / 512 * 512
    }
    guard !members.isEmpty else { throw Problem("the tar has no files", at: path, fix: "copy it again") }
    self.members = members
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Octal digits, or GNU's binary for what is larger.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
    if let first = bytes.first, first == 0x80 {
      return bytes.dropFirst(4).reduce(0 as Int?) { value, byte in
        value.flatMap { $0 > Int.max >> 9 ? nil : $0 << 8 | Int(byte) }
      }
    }
    var value = 0, isThere = false
    for byte in bytes {
      if byte == 0x20 || byte == 0 { if isThere { break } else { continue } }
      guard (0x30...0x37).contains(byte), value <= Int.max >> 4 else { return nil }
      value = value << 3 | Int(byte - 0x30)
      isThere = true
    }
    return isThere ? value : nil
  }

  /// A member's bytes; small ones only.
  func bytes(_ member: Member) throws -> [UInt8] {
    guard member.bytes.count <= Self.mostMemory else {
      throw Problem("'\(member.name)' is \(Text.bytes(member.bytes.count)), too large to be read whole", at: file.path)
    }
    return try file.bytes(member.bytes)
  }
}
