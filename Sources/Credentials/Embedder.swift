import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Puts credentials into an MP4: a `uuid` box behind `ftyp`, chunk offsets moved along, everything else byte for byte.
public enum Embedder {
  /// `moov` is held in memory while its offsets are moved.
  private static let mostIndexBytes = 512 << 20

  /// A stretch of the new file: bytes of our own, or bytes of the old one.
  private enum Part { case fresh([UInt8]), old(Range<UInt64>) }
  private struct Piece { let type: String; let start: UInt64; let part: Part }

  /// Signs `source` into `destination`, which may be the same path; whole under its name, or not there at all.
  /// A store that `source` carries becomes the parent: it is carried along, and the first action is `c2pa.opened`.
  /// - Parameter trust: what the old store is judged by.
  /// - Throws: `Problem` when the file is no whole MP4, is fragmented, carries two stores, or has offsets that would
  ///   outgrow 32 bits.
  public static func sign(
    _ source: String, to destination: String, _ credential: Credential, by signer: Signer, trust: TrustRoots = .none,
    now: Date = Date()
  ) throws {
    let file = try FileBytes(source), bmff = try plain(file)
    var credential = credential
    if let old = try Ingredient.Carried(source, trust: trust, now: now) {
      credential.ingredients.insert(
        Ingredient(title(source), .parentOf, format: credential.format, carried: old), at: 0)
    }
    let identity = Credential.Identity(now: now), blank = BMFFHash.assertion([UInt8](repeating: 0, count: 32))
    let length = try BMFF.credentialsBox(credential.store(blank, by: signer, as: identity, dry: true)).count
    let (pieces, inserted) = try layout(bmff, UInt64(length))

    var digest = Digest()
    for piece in pieces where !["ftyp", "mfra", "credentials"].contains(piece.type) {
      digest.update(BigEndian.big64(piece.start))
      try write(piece.part, file) { digest.update($0) }
    }
    let box = BMFF.credentialsBox(try credential.store(BMFFHash.assertion(digest.finish()), by: signer, as: identity))
    guard box.count == length, pieces[inserted].type == "credentials" else {
      throw Problem("the credentials changed their length while they were made", at: destination)
    }
    try Disk.replace(destination) { aside in
      let out = Glibc.open(aside, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
      guard out >= 0 else { throw Disk.writeProblem(destination, errno) }
      defer { close(out) }
      for piece in pieces {
        let part = piece.type == "credentials" ? Part.fresh(box) : piece.part
        try write(part, file) { data in try data.withUnsafeBytes { try Disk.write($0, to: out, path: destination) } }
      }
    }
  }

  private static func title(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// - Throws: `Problem` unless every box fits, `ftyp` is first, and no offsets stand where we do not move them.
  private static func plain(_ file: FileBytes) throws -> BMFF {
    guard BMFF.isOne(try file.read(0..<min(8, file.count))) else {
      throw Problem("this is no MP4 or MOV file", at: file.path, expected: "a file that begins with 'ftyp'")
    }
    let bmff = try BMFF(file)
    if let fault = bmff.fault { throw fault }
    _ = try bmff.store()
    for type in ["moof", "mfra", "sidx", "ssix"] where bmff.top.contains(where: { $0.type == type }) {
      throw Problem(
        "the file is fragmented ('\(type)'), and such files are not signed here", at: file.path,
        fix: "make a plain MP4 of it: ffmpeg -i IN -c copy OUT.mp4")
    }
    guard bmff.top.filter({ $0.type == "moov" }).count == 1 else {
      throw Problem("the file has no index ('moov'), or several", at: file.path, expected: "a video as MP4 or MOV")
    }
    guard try bmff.boxes(at: "/meta/iloc").isEmpty, try bmff.boxes(at: "/moov/meta/iloc").isEmpty else {
      throw Problem(
        "the file keeps items by absolute place ('iloc'), and such files are not signed here", at: file.path)
    }
    return bmff
  }

  /// Where everything goes once a box of `length` bytes stands behind `ftyp`; older credentials are left out.
  private static func layout(_ bmff: BMFF, _ length: UInt64) throws -> (pieces: [Piece], inserted: Int) {
    let dropped = Set(try bmff.credentialsBoxes().map(\.box.range.lowerBound))
    var starts: [(box: BMFF.Box, start: UInt64)] = [], position: UInt64 = 0, credentials: UInt64 = 0
    for (i, box) in bmff.top.enumerated() where !dropped.contains(box.range.lowerBound) {
      starts.append((box, position))
      position += UInt64(box.range.count)
      if i == 0 { credentials = position; position += length }
    }
    var pieces = try starts.map { box, start in
      Piece(
        type: box.type, start: start, part: box.type == "moov" ? .fresh(try index(bmff, box, starts)) : .old(box.range))
    }
    pieces.insert(Piece(type: "credentials", start: credentials, part: .fresh([])), at: 1)
    return (pieces, 1)
  }

  private static func write(_ part: Part, _ file: FileBytes, _ body: (Data) throws -> Void) throws {
    switch part {
    case .fresh(let bytes): try body(Data(bytes))
    case .old(let range): try file.pieces(range, body)
    }
  }

  /// `moov` with every chunk's offset (`stco`, `co64`) where its box now begins.
  private static func index(
    _ bmff: BMFF, _ moov: BMFF.Box, _ starts: [(box: BMFF.Box, start: UInt64)]
  ) throws -> [UInt8] {
    guard moov.range.count <= mostIndexBytes else {
      throw Problem("the file's index has \(moov.range.count) bytes", at: bmff.file.path)
    }
    var bytes = try bmff.file.read(moov.range)
    var last = 0
    func moved(_ offset: UInt64) throws -> UInt64 {
      // Chunks that follow each other are in the same box, as a rule.
      if !starts[last].box.range.contains(offset), let i = starts.firstIndex(where: { $0.box.range.contains(offset) }) {
        last = i
      }
      guard case let there = starts[last], there.box.range.contains(offset) else {
        throw Problem(
          "the index points to byte \(offset), where no data is", at: bmff.file.path,
          fix: "get the file again: it is damaged")
      }
      return there.start + (offset - there.box.range.lowerBound)
    }
    for (path, width) in [("/moov/trak/mdia/minf/stbl/stco", 4), ("/moov/trak/mdia/minf/stbl/co64", 8)] {
      for table in try bmff.boxes(at: path) {
        let from = Int(table.content.lowerBound - moov.range.lowerBound), room = table.content.count
        guard room >= 8, case let count = Int(BigEndian.number(bytes[from + 4..<from + 8])), count <= (room - 8) / width
        else {
          throw Problem(
            "a table of offsets does not fit its box", at: bmff.file.path, fix: "get the file again: it is damaged")
        }
        for i in 0..<count {
          let at = from + 8 + i * width, offset = try moved(BigEndian.number(bytes[at..<at + width]))
          guard width == 8 || offset <= UInt64(UInt32.max) else {
            throw Problem(
              "chunk offsets would outgrow 32 bits", at: bmff.file.path, fix: "write the video in parts below 4 GB")
          }
          bytes.replaceSubrange(
            at..<at + width, with: width == 8 ? BigEndian.big64(offset) : BigEndian.big32(UInt32(offset)))
        }
      }
    }
    return bytes
  }
}
