import Files

/// Names for the linked-data formats: an identifier that is an IRI already stays, anything else becomes a URN of ours.
package enum IRI {
  /// `did:key:…`, `urn:uuid:…`, `https://…` as they are; "A Studio" as `urn:orrery:party:A%20Studio`.
  package static func of(_ name: String, _ kind: String) -> String {
    isOne(name) ? name : "urn:orrery:\(kind):" + escaped(name)
  }

  package static func manifest(_ hash: String) -> String { "urn:orrery:optin:sha256:" + hash }

  /// A scheme, a colon, and no character RFC 3987 forbids.
  package static func isOne(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let colon = bytes.firstIndex(of: 0x3A), colon > 0, colon + 1 < bytes.count, isLetter(bytes[0]),
      bytes[..<colon].allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E].contains($0) })
    else { return false }
    return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("<>\"{}|\\^`".utf8).contains($0) }
  }

  static func escaped(_ text: String) -> String {
    text.utf8.map { c in
      isLetter(c) || (0x30...0x39).contains(c) || [0x2D, 0x2E, 0x5F, 0x7E].contains(c)
        ? String(UnicodeScalar(c)) : "%" + (c < 16 ? "0" : "") + String(c, radix: 16, uppercase: true)
    }.joined()
  }

  private static func isLetter(_ c: UInt8) -> Bool { (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) }
}
