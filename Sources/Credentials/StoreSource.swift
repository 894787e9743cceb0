import Files

/// Where a file's manifest store stands.
public enum StoreSource: Sendable, Equatable {
  case embedded
  /// A `.c2pa` file beside it.
  case sidecar(String)

  public var name: String {
    switch self {
    case .embedded: "in the file";
    case .sidecar(let path): "in the sidecar \(path)"
    }
  }
}

enum StoreReader {
  /// The store of an asset: inside it, or in a sidecar of its name.
  /// - Returns: nil when there is none.
  /// - Throws: `Problem` when there is one that cannot be read, or the container is one we do not read while it seems
  ///   to carry one.
  static func find(_ file: FileBytes) throws -> (bytes: [UInt8], source: StoreSource)? {
    if let bytes = try embedded(file) { return (bytes, .embedded) }
    for path in Sidecar.candidates(file.path) where Disk.exists(path) && !Disk.isFolder(path) && path != file.path {
      let side = try FileBytes(path)
      guard side.count <= BMFF.mostStoreBytes else { throw Problem("the sidecar has \(side.count) bytes", at: path) }
      return (try side.read(0..<side.count), .sidecar(path))
    }
    return nil
  }

  private static func embedded(_ file: FileBytes) throws -> [UInt8]? {
    let head = try file.read(0..<min(file.count, 12))
    if BMFF.isOne(head) { return try BMFF(file).store() }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return try PNGStore.read(file) }
    if head.starts(with: [0xFF, 0xD8, 0xFF]) { return try JPEGStore.read(file) }
    if head.starts(with: Array("RIFF".utf8)), try hasRIFFStore(file) {
      throw Problem(
        "credentials in RIFF files (AVI, WAV, WebP) are not supported here", at: file.path,
        fix: "use another C2PA reader, or a copy as MP4 with its credentials")
    }
    return nil
  }

  private static func hasRIFFStore(_ file: FileBytes) throws -> Bool {
    var position: UInt64 = 12
    while position + 8 <= file.count {
      try file.visit()
      let head = try file.read(position..<position + 8), length = BigEndian.number(head[4..<8].reversed())
      if Array(head[0..<4]) == Array("C2PA".utf8) { return true }
      position += 8 + length + length % 2
    }
    return false
  }
}

/// The `caBX` chunk of a PNG (C2PA 2.x A.3.2).
enum PNGStore {
  static func read(_ file: FileBytes) throws -> [UInt8]? {
    var position: UInt64 = 8, found: [UInt8]?
    while position + 12 <= file.count {
      try file.visit()
      let head = try file.read(position..<position + 8), length = BigEndian.number(head[0..<4])
      guard length <= file.count - position - 12 else { return found }
      if Array(head[4..<8]) == Array("caBX".utf8) {
        guard found == nil else {
          throw Problem("the file carries two manifest stores", at: file.path, expected: "one at most")
        }
        found = try file.read(position + 8..<position + 8 + length)
      }
      position += 12 + length
    }
    return found
  }
}

/// APP11 segments of a JPEG that carry JUMBF (C2PA 2.x A.3.1; ISO/IEC 19566-5 Annex D): pieces of one box, in order.
enum JPEGStore {
  static func read(_ file: FileBytes) throws -> [UInt8]? {
    var position: UInt64 = 2, boxes: [UInt64: [UInt8]] = [:], order: [UInt64] = []
    while position + 4 <= file.count {
      try file.visit()
      let head = try file.read(position..<position + 4)
      guard head[0] == 0xFF else { break }
      if head[1] == 0xFF { position += 1; continue }
      if head[1] == 0xDA || head[1] == 0xD9 { break }
      let length = BigEndian.number(head[2..<4])
      guard length >= 2, length <= file.count - position - 2 else { break }
      if head[1] == 0xEB, length >= 18 {
        let body = try file.read(position + 4..<position + 2 + length)
        if body[0] == 0x4A, body[1] == 0x50 {
          let instance = BigEndian.number(body[2..<4])
          if boxes[instance] == nil { order.append(instance) }
          // Every piece repeats the box's header; only the first one's counts.
          boxes[instance, default: Array(body[8..<16])] += body[16...]
        }
      }
      position += 2 + length
    }
    let stores = order.compactMap { boxes[$0] }.filter {
      $0.count > 24 && Array($0[4..<8]) == Array("jumb".utf8) && Array($0[16..<20]) == Array("c2pa".utf8)
    }
    guard stores.count <= 1 else {
      throw Problem("the file carries \(stores.count) manifest stores", at: file.path, expected: "one at most")
    }
    return stores.first
  }
}

/// A `.c2pa` file: the manifest store of the file it stands beside (C2PA 2.x §11.4).
public enum Sidecar {
  /// Where a file's sidecar may stand, the usual place first: `model.c2pa` for `model.safetensors`, else
  /// `model.safetensors.c2pa`.
  public static func candidates(_ path: String) -> [String] {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return [path + ".c2pa"] }
    return [String(path.dropLast(name.distance(from: dot, to: name.endIndex))) + ".c2pa", path + ".c2pa"]
  }
}
