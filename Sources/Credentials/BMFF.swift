import Files
import Foundation

/// The boxes of an MP4 or QuickTime file (ISO/IEC 14496-12), found by reading headers alone.
struct BMFF {
  struct Box: Sendable, Equatable {
    let type: String
    /// Of the whole box in the file.
    let range: Range<UInt64>
    /// 8, or 16 when the length takes 64 bits.
    let headerLength: UInt64
    var content: Range<UInt64> { range.lowerBound + headerLength..<range.upperBound }
  }

  /// Boxes of one level at most.
  static let mostBoxes = 100_000

  let file: FileBytes
  /// In order; up to the first that does not fit.
  let top: [Box]
  /// Why the list ends before the file does, as in a truncated file.
  let fault: Problem?
  /// Whether what does not fit are credentials.
  let endsInCredentials: Bool

  init(_ file: FileBytes) throws {
    self.file = file
    var boxes: [Box] = []
    do { try Self.walk(file, 0..<file.count) { boxes.append($0) }; fault = nil } catch let problem as Problem {
      fault = problem
    }
    top = boxes
    let end = boxes.last?.range.upperBound ?? 0
    endsInCredentials =
      try fault != nil && file.count - end >= 24
      && file.read(end + 4..<end + 24) == Array("uuid".utf8) + Self.credentialsUUID
  }

  /// Whether a file begins like one: `ftyp` first.
  static func isOne(_ head: [UInt8]) -> Bool { head.count >= 8 && Array(head[4..<8]) == Array("ftyp".utf8) }

  /// The boxes that tile `range`. - Throws: `Problem` when one does not fit in its place.
  static func boxes(_ file: FileBytes, _ range: Range<UInt64>) throws -> [Box] {
    var out: [Box] = []
    try walk(file, range) { out.append($0) }
    return out
  }

  private static func walk(_ file: FileBytes, _ range: Range<UInt64>, _ found: (Box) -> Void) throws {
    var position = range.lowerBound, count = 0
    while position < range.upperBound {
      let left = range.upperBound - position
      func refuse(_ what: String) -> Problem {
        Problem(
          "the box at byte \(position) \(what)", at: file.path, expected: "a whole MP4 or MOV file",
          fix: "get the file again: it is truncated or damaged")
      }
      guard left >= 8 else { throw refuse("has \(left) bytes") }
      let head = try file.read(position..<position + min(16, left))
      let type = String(
        decoding: head[4..<8].map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
      var length = BigEndian.number(head[0..<4]), header: UInt64 = 8
      if length == 1 {
        guard head.count == 16 else { throw refuse("ends in its header") }
        (length, header) = (BigEndian.number(head[8..<16]), 16)
      } else if length == 0 {
        length = left
      }
      guard length >= header, length <= left else {
        throw refuse("('\(type)') claims \(length) bytes where \(left) are left")
      }
      count += 1
      try file.visit()
      guard count <= mostBoxes else {
        throw Problem("one level of the file has more than \(mostBoxes) boxes", at: file.path)
      }
      found(Box(type: type, range: position..<position + length, headerLength: header))
      position += length
    }
  }

  /// Every box at an absolute path of types, such as `/moov/trak/mdia`. A path we cannot follow names nothing.
  func boxes(at path: String) throws -> [Box] {
    let names = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    guard path.hasPrefix("/"), !names.isEmpty, names.count <= 12 else { return [] }
    var found = top.filter { $0.type == names[0] }
    for name in names.dropFirst() {
      var next: [Box] = []
      for parent in found { next += ((try? Self.boxes(file, children(parent))) ?? []).filter { $0.type == name } }
      guard next.count <= Self.mostBoxes else { throw Problem("the path \(path) names too many boxes", at: file.path) }
      found = next
    }
    return found
  }

  /// `meta` is a FullBox in ISO files and a plain one in QuickTime's; the first child's name tells.
  private func children(_ parent: Box) throws -> Range<UInt64> {
    guard parent.type == "meta", parent.content.count >= 8 else { return parent.content }
    let peek = try file.read(parent.content.lowerBound..<parent.content.lowerBound + 8)
    let plain = peek[4..<8].allSatisfy { (0x20...0x7E).contains($0) } && BigEndian.number(peek[0..<4]) >= 8
    return plain ? parent.content : parent.content.lowerBound + 4..<parent.content.upperBound
  }
}

extension BMFF {
  /// The type of a `uuid` box that holds credentials (C2PA 2.x, A.5).
  static let credentialsUUID: [UInt8] = [
    0xD8, 0xFE, 0xC3, 0xD6, 0x1B, 0x0E, 0x48, 0x3C, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7E, 0xC4, 0x81,
  ]

  /// A `uuid` box with that type.
  struct CredentialsBox { let box: Box; let purpose: String; let content: Range<UInt64> }

  func credentialsBoxes() throws -> [CredentialsBox] {
    try top.filter { $0.type == "uuid" && $0.content.count >= 16 }.compactMap { box in
      let head = try file.read(box.content.lowerBound..<min(box.content.upperBound, box.content.lowerBound + 64))
      guard Array(head[0..<16]) == Self.credentialsUUID else { return nil }
      guard head.count > 20, let end = head[20...].firstIndex(of: 0),
        let purpose = String(validating: head[20..<end], as: UTF8.self)
      else {
        throw Problem("the credentials' box at byte \(box.range.lowerBound) does not say what it is for", at: file.path)
      }
      return CredentialsBox(
        box: box, purpose: purpose, content: box.content.lowerBound + UInt64(end + 1)..<box.content.upperBound)
    }
  }

  /// Bytes of the largest store read.
  static let mostStoreBytes: UInt64 = 128 << 20

  /// The manifest store inside; nil when the file carries none.
  /// - Throws: `Problem` when there are two, or when the one there does not hold together.
  func store() throws -> [UInt8]? {
    let found = try credentialsBoxes().filter { ["manifest", "original", "update"].contains($0.purpose) }
    guard found.count <= 1 else {
      throw Problem(
        "the file carries \(found.count) manifest stores", at: file.path, expected: "one at most (C2PA A.5)")
    }
    guard !endsInCredentials else {
      throw Problem(
        "the file ends within its credentials", at: file.path, expected: "a whole file",
        fix: "get the file again: it is truncated or damaged")
    }
    guard let one = found.first else { return nil }
    guard one.content.count > 8, one.content.count <= Self.mostStoreBytes else {
      throw Problem("the credentials' box has \(one.content.count) bytes", at: file.path)
    }
    return try file.read(one.content.lowerBound + 8..<one.content.upperBound)
  }

  /// The box that carries `store`, as this writer lays it out.
  static func credentialsBox(_ store: [UInt8]) -> [UInt8] {
    let content = credentialsUUID + [0, 0, 0, 0] + Array("manifest".utf8) + [0] + BigEndian.big64(0) + store
    return JUMBF.box("uuid", content)
  }
}
