import Files
import Media
import Sandbox

/// Chunks of pixels, and what a child says about where they lie.
enum ChunkLaws {
  /// A stream that inflates to so many bytes inflates to none fewer or more, and its head alone to the same bytes.
  static func inflate(_ input: UnsafeBufferPointer<UInt8>) throws {
    guard input.count > 4 else { return }
    let size = Int(input[0]) | Int(input[1]) << 8 | Int(input[2] & 3) << 16, mode = input[3],
      rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(input)[4...])
    let inflater = try Inflater()
    if mode & 1 == 1 {
      // The bytes are pixels: what was packed comes back.
      let packed = try Deflate.compress(rest)
      law(inflated(packed, rest.count, inflater) == Array(rest))
      if rest.count > 1 { law(inflated(packed, rest.count - 1, inflater) == nil) }
      law(inflated(packed, rest.count + 1, inflater) == nil)
      var torn = packed
      torn[Int(mode >> 1) * torn.count / 128] ^= 1 << (mode >> 5)
      // A change goes through only where the header's own bits allow it: the checksum holds the rest.
      if let read = inflated(torn, rest.count, inflater) { law(read == Array(rest)) }
      return
    }
    guard let whole = inflated(Array(rest), size, inflater) else { return }
    for wanted in [0, size / 3, size] {
      var out = [UInt8](repeating: 0, count: size)
      let done = out.withUnsafeMutableBytes { inflater.inflatePrefix(rest, wanted: wanted, into: $0) }
      law(done && out[..<wanted] == whole[..<wanted])
    }
  }

  /// The stream lies in the inflater's room, as in the product; the result fills its memory exactly.
  private static func inflated(_ stream: [UInt8], _ size: Int, _ inflater: Inflater) -> [UInt8]? {
    let room = UnsafeMutableRawBufferPointer(start: inflater.room(stream.count), count: stream.count)
    room.copyBytes(from: stream)
    var out = [UInt8](repeating: 0, count: size)
    let done = out.withUnsafeMutableBytes { inflater.inflate(UnsafeRawBufferPointer(room), into: $0) }
    return done ? out : nil
  }

  /// A small file of 400 bytes after HDF5's signature.
  private static let file: HDF5File? = {
    let bytes: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] + (0..<400).map { UInt8($0 & 0x3F) }
    return try? HDF5File(bytes.withUnsafeBufferPointer { try Scratch.write($0, "flat.h5") })
  }()

  /// What a child says is read back as it was written; pixels lie where it says, within the file, or are refused.
  static func column(_ input: [UInt8]) throws {
    var wire = WireReader(input)
    let stored = try StoredFile(&wire)
    var once = WireWriter(), twice = WireWriter()
    stored.write(&once)
    var again = WireReader(once.bytes)
    try StoredFile(&again).write(&twice)
    law(once.bytes == twice.bytes)
    guard let file else { throw Problem("no file", at: Scratch.folder) }
    for (name, column) in stored.columns where column.shape.count == 4 {
      let (rows, height, width) = (column.shape[0], column.shape[1], column.shape[2])
      // As `NativeTable` has it.
      guard (1...16384).contains(height), (1...16384).contains(width), rows <= 1 << 40 else { continue }
      // No child answers here: what it would have to read is left out.
      guard !column.isChunked, !column.isComposed else { continue }
      let pixels = try PixelRows(file, name, column, rows: rows, height: height, width: width, cacheBytes: 1 << 16)
      guard rows > 0, height * width * 3 <= 1 << 12 else { continue }
      let some = max(0, rows - 3)..<rows
      var out = [UInt8](repeating: 0, count: some.count * pixels.rowBytes)
      try out.withUnsafeMutableBytes { try pixels.read(some, into: $0) }
    }
  }
}
