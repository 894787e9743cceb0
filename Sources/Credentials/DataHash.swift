import Files
import Foundation

/// The hard binding of any other file: `c2pa.hash.data`, one hash over the bytes outside the exclusions (C2PA 2.x
/// §18.5).
struct DataHash {
  let kind: Digest.Kind
  let hash: [UInt8]
  /// In order, apart from each other.
  let exclusions: [Range<UInt64>]

  /// The assertion of a sidecar: the whole file. - Parameter hash: 32 bytes.
  static func assertion(_ hash: [UInt8], name: String) -> Assertion {
    Assertion("c2pa.hash.data", ["alg": "sha256", "hash": .bytes(hash), "pad": .bytes([]), "name": .text(name)])
  }

  init(_ value: CBOR, fallback: Digest.Kind, at place: String) throws {
    func malformed(_ what: String) -> Problem { Problem("c2pa.hash.data: \(what)", at: place) }
    if let name = value["alg"] {
      guard let known = name.text.flatMap(Digest.Kind.init(rawValue:)) else {
        throw malformed("its hash algorithm is not one we know")
      }
      kind = known
    } else {
      kind = fallback
    }
    guard let hash = value["hash"]?.bytes else { throw malformed("it holds no hash") }
    self.hash = hash
    var out: [Range<UInt64>] = [], end: UInt64 = 0
    for item in value["exclusions"]?.array ?? [] {
      guard let start = item["start"]?.integer, let length = item["length"]?.integer, start >= 0, length >= 0,
        UInt64(start) >= end,
        case let (stop, over) = UInt64(start).addingReportingOverflow(UInt64(length)), !over
      else { throw malformed("its exclusions overlap or are out of order") }
      out.append(UInt64(start)..<stop)
      end = stop
    }
    exclusions = out
  }

  func matches(_ file: FileBytes) throws -> Bool {
    var digest = Digest(kind), position: UInt64 = 0
    for hole in exclusions {
      guard hole.upperBound <= file.count else { return false }
      try file.pieces(position..<hole.lowerBound) { digest.update($0) }
      position = hole.upperBound
    }
    try file.pieces(position..<file.count) { digest.update($0) }
    return digest.finish() == hash
  }
}
