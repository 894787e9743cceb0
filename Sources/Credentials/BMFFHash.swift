import Files
import Foundation

/// The hard binding of an MP4: `c2pa.hash.bmff`, version 1, 2 or 3 (C2PA 2.x §18.8). One hash over every top-level box
/// that is not excluded, each preceded (from version 2) by its offset as eight bytes; version 3 may hash `mdat` in
/// blocks under a Merkle tree.
struct BMFFHash {
  struct Exclusion {
    var path: String
    var length: UInt64?
    var version: UInt8?
    var flags: [UInt8]?
    var exact = true
    var data: [(offset: UInt64, value: [UInt8])] = []
    var subset: [(offset: UInt64, length: UInt64)]?
  }

  /// Hashes of one `mdat`, in blocks.
  struct Merkle {
    let local: Int
    let count: Int
    let kind: Digest.Kind
    /// One layer of the tree, from the left.
    let hashes: [[UInt8]]
    let fixed: UInt64?
    let variable: [UInt64]
  }

  let kind: Digest.Kind
  let hash: [UInt8]?
  let exclusions: [Exclusion]
  let merkle: [Merkle]
  /// Whether offsets are hashed: not in version 1.
  let offsets: Bool

  /// What we leave out: the credentials themselves, the brands and the random-access index.
  static let ours = [
    Exclusion(path: "/uuid", data: [(8, BMFF.credentialsUUID)]), Exclusion(path: "/ftyp"), Exclusion(path: "/mfra"),
  ]

  /// The assertion we write. - Parameter hash: 32 bytes.
  static func assertion(_ hash: [UInt8]) -> Assertion {
    Assertion(
      "c2pa.hash.bmff.v3",
      [
        "exclusions": [
          ["xpath": "/uuid", "data": [["offset": 8, "value": .bytes(BMFF.credentialsUUID)]]], ["xpath": "/ftyp"],
          ["xpath": "/mfra"],
        ],
        "alg": "sha256", "hash": .bytes(hash), "name": "jumbf manifest",
      ])
  }

  /// - Throws: `Problem` when a field has another shape than the standard's, or asks for what this reader does not do.
  init(_ value: CBOR, label: String, fallback: Digest.Kind, at place: String) throws {
    func malformed(_ what: String) -> Problem { Problem("\(label): \(what)", at: place) }
    func kind(_ value: CBOR?) throws -> Digest.Kind? {
      guard let value else { return nil }
      guard let kind = value.text.flatMap(Digest.Kind.init(rawValue:)) else {
        throw malformed("its hash algorithm is not one we know")
      }
      return kind
    }
    let own = try kind(value["alg"]) ?? fallback
    self.kind = own
    hash = value["hash"]?.bytes
    offsets = label.hasPrefix("c2pa.hash.bmff.v")
    guard value["url"] == nil else { throw malformed("it points to a hash elsewhere, which is not read here") }
    guard let list = value["exclusions"]?.array, list.count <= 100 else {
      throw malformed("'exclusions' is not a list of at most 100")
    }
    func number(_ value: CBOR?) throws -> UInt64? {
      guard let value, value != .null else { return nil }
      guard let n = value.integer, n >= 0 else { throw malformed("a number is not one") }
      return UInt64(n)
    }
    exclusions = try list.map { item in
      guard let path = item["xpath"]?.text else { throw malformed("an exclusion has no xpath") }
      var out = Exclusion(path: path)
      out.length = try number(item["length"])
      out.version = try number(item["version"]).flatMap { UInt8(exactly: $0) }
      out.flags = item["flags"]?.bytes
      if case .simple(20) = item["exact"] { out.exact = false }
      out.data = try (item["data"]?.array ?? []).map {
        guard let offset = try number($0["offset"]), let value = $0["value"]?.bytes else {
          throw malformed("'data' of an exclusion lacks offset or value")
        }
        return (offset, value)
      }
      out.subset = try item["subset"]?.array?.map {
        guard let offset = try number($0["offset"]), let length = try number($0["length"]) else {
          throw malformed("'subset' of an exclusion lacks offset or length")
        }
        return (offset, length)
      }
      return out
    }
    merkle = try (value["merkle"]?.array ?? []).map { item in
      guard item["initHash"] == nil else { throw malformed("fragmented files are not read here") }
      guard let local = try number(item["localId"]), let count = try number(item["count"]), count > 0,
        count <= 1_000_000, let hashes = item["hashes"]?.array,
        case let list = hashes.compactMap(\.bytes), list.count == hashes.count
      else { throw malformed("a Merkle map lacks localId, count or hashes") }
      return Merkle(
        local: Int(local), count: Int(count), kind: try kind(item["alg"]) ?? own, hashes: list,
        fixed: try number(item["fixedBlockSize"]),
        variable: try (item["variableBlockSizes"]?.array ?? []).map { try number($0) ?? 0 })
    }
    guard hash != nil || !merkle.isEmpty else { throw malformed("it holds no hash") }
  }

  /// Exclusions beyond the three every file has, and `mdat` where it is hashed in blocks.
  var hasAdditionalExclusions: Bool {
    exclusions.contains { e in
      switch e.path {
      case "/ftyp", "/mfra": false
      case "/uuid": e.data.isEmpty
      case "/mdat": merkle.isEmpty
      default: true
      }
    }
  }

  /// Whether the file still hashes to what was signed, and nothing that a player reads stands outside the hash.
  func matches(_ bmff: BMFF) throws -> Bool {
    guard try bmff.objectionToUnhashed(merkle) == nil else { return false }
    if let hash {
      guard try Self.digest(bmff.file, Self.included(bmff, exclusions, offsets: offsets), kind) == hash else {
        return false
      }
    }
    return try merkle.allSatisfy { try $0.matches(bmff) }
  }

  /// One stretch of the file to hash, after these bytes.
  struct Stretch { let before: [UInt8]; let range: Range<UInt64> }

  static func digest(_ file: FileBytes, _ stretches: [Stretch], _ kind: Digest.Kind = .sha256) throws -> [UInt8] {
    var digest = Digest(kind)
    for stretch in stretches {
      digest.update(stretch.before)
      try file.pieces(stretch.range) { digest.update($0) }
    }
    return digest.finish()
  }

  static func included(_ bmff: BMFF, _ exclusions: [Exclusion], offsets: Bool) throws -> [Stretch] {
    var whole: Set<UInt64> = [], holes: [Range<UInt64>] = []
    for exclusion in exclusions {
      for box in try bmff.boxes(at: exclusion.path) where try exclusion.fits(box, bmff.file) {
        guard let subset = exclusion.subset else {
          whole.insert(box.range.lowerBound)
          holes.append(box.range)
          continue
        }
        for part in subset where part.offset < box.range.count {
          let start = box.range.lowerBound + part.offset, left = box.range.upperBound - start
          holes.append(start..<start + (part.length == 0 ? left : min(part.length, left)))
        }
      }
    }
    holes = holes.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, hole in
      if let last = merged.last, hole.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, hole.upperBound)
      } else {
        merged.append(hole)
      }
    }
    var out: [Stretch] = [], next = 0
    for box in bmff.top {
      var before = offsets && !whole.contains(box.range.lowerBound) ? BigEndian.big64(box.range.lowerBound) : [],
        position = box.range.lowerBound
      while next < holes.count, holes[next].upperBound <= position { next += 1 }
      var i = next
      while position < box.range.upperBound {
        while i < holes.count, holes[i].upperBound <= position { i += 1 }
        let hole =
          i < holes.count && holes[i].lowerBound < box.range.upperBound
          ? holes[i] : box.range.upperBound..<box.range.upperBound
        if hole.lowerBound > position {
          out.append(Stretch(before: before, range: position..<hole.lowerBound)); before = []
        }
        position = max(position, hole.upperBound)
      }
      if !before.isEmpty { out.append(Stretch(before: before, range: box.range.upperBound..<box.range.upperBound)) }
    }
    return out
  }
}

extension BMFFHash.Exclusion {
  /// Whether the conditions besides the path hold for a box.
  func fits(_ box: BMFF.Box, _ file: FileBytes) throws -> Bool {
    if let length, length != UInt64(box.range.count) { return false }
    if version != nil || flags != nil {
      guard box.content.count >= 4 else { return false }
      let head = try file.read(box.content.lowerBound..<box.content.lowerBound + 4)
      if let version, version != head[0] { return false }
      if let flags {
        guard flags.count == 3 else { return false }
        let same = zip(flags, head[1...]).allSatisfy { exact ? $0 == $1 : $1 & ~$0 == 0 }
        guard same else { return false }
      }
    }
    for part in data {
      let (start, over) = box.range.lowerBound.addingReportingOverflow(part.offset),
        (end, past) = start.addingReportingOverflow(UInt64(part.value.count))
      guard !over, !past, end <= file.count, try file.read(start..<end) == part.value else { return false }
    }
    return true
  }
}

extension BMFFHash.Merkle {
  /// Hashes the blocks of the `mdat` this map is for, and climbs to the layer that was signed.
  func matches(_ bmff: BMFF) throws -> Bool {
    let boxes = bmff.top.filter { $0.type == "mdat" }
    guard boxes.indices.contains(local), boxes[local].range.count > 16 else { return false }
    // Always from the sixteenth byte, so that a box that outgrows 32 bits hashes alike.
    let range = boxes[local].range.lowerBound + 16..<boxes[local].range.upperBound
    var layer: [[UInt8]] = [], position = range.lowerBound, i = 0
    while position < range.upperBound {
      let size = fixed ?? (i < variable.count ? variable[i] : 0)
      guard size > 0, layer.count < count else { return false }
      let end = position + min(size, range.upperBound - position)
      layer.append(try BMFFHash.digest(bmff.file, [.init(before: [], range: position..<end)], kind))
      (position, i) = (end, i + 1)
    }
    guard layer.count == count else { return false }
    while layer.count > hashes.count, layer.count > 1 {
      layer = stride(from: 0, to: layer.count, by: 2).map {
        $0 + 1 < layer.count ? Digest.of(layer[$0] + layer[$0 + 1], kind) : layer[$0]
      }
    }
    return layer == hashes
  }
}
