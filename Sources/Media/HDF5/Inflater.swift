import CDeflate
import Files
import Synchronization

/// One thread's tools for decoding a chunk: libdeflate's tables and room for the packed bytes. Taken from a pool and
/// given back.
package final class Inflater: @unchecked Sendable {  // used by one thread at a time: a pool hands it out
  private let tables: OpaquePointer
  private(set) var packed: UnsafeMutableRawBufferPointer

  package init() throws {
    guard let tables = libdeflate_alloc_decompressor() else {
      throw Problem("libdeflate has no room to work in", fix: "free some memory")
    }
    self.tables = tables
    packed = .allocate(byteCount: 0, alignment: 1)
  }

  deinit {
    libdeflate_free_decompressor(tables)
    packed.deallocate()
  }

  /// Room for `count` packed bytes; what stood there is forgotten.
  package func room(_ count: Int) -> UnsafeMutableRawPointer {
    if packed.count < count {
      packed.deallocate()
      packed = .allocate(byteCount: count + count / 4, alignment: 64)
    }
    return packed.baseAddress!
  }

  /// Inflates a zlib stream into `out`, which must be filled exactly; its checksum is checked.
  /// - Returns: false when the stream is damaged or of another length.
  package func inflate(_ stream: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    libdeflate_zlib_decompress(tables, stream.baseAddress, stream.count, out.baseAddress, out.count, nil)
      == LIBDEFLATE_SUCCESS
  }

  /// The same of a gzip stream (RFC 1952).
  func inflateGzip(_ stream: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    libdeflate_gzip_decompress(tables, stream.baseAddress, stream.count, out.baseAddress, out.count, nil)
      == LIBDEFLATE_SUCCESS
  }

  /// Inflates no further than the first `wanted` bytes of a stream known to be sound; no checksum.
  /// - Parameter out: room for the whole stream; what lies past `wanted` is undefined afterwards.
  package func inflatePrefix(
    _ stream: UnsafeRawBufferPointer, wanted: Int, into out: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let stop = min(out.count, wanted + Self.slack)
    let code = libdeflate_zlib_decompress(tables, stream.baseAddress, stream.count, out.baseAddress, stop, nil)
    return code == LIBDEFLATE_SUCCESS || (code == LIBDEFLATE_INSUFFICIENT_SPACE && stop < out.count)
  }

  /// libdeflate stops at the first symbol that does not fit: a stored block (at most 65,535 bytes) or a match (258).
  package static let slack = 65_535 + 258

  /// Whether the library installed here leaves the bytes before its stopping place in `out`: it does, but its header
  /// does not promise it. Tried once on a stream of literals, matches and (being partly random) stored blocks.
  static let stopsEarly: Bool = {
    guard let inflater = try? Inflater() else { return false }
    var word: UInt32 = 1
    let plain = (0..<400_000).map { i -> UInt8 in
      word = word &* 1_664_525 &+ 1_013_904_223
      return i % 100_000 < 50_000
        ? UInt8(truncatingIfNeeded: word >> 24) : UInt8(truncatingIfNeeded: (i / 7) ^ Int(word >> 30))
    }
    guard let packed = try? plain.withUnsafeBytes({ try Deflate.compress($0) }) else { return false }
    return [1, 1000, 60_000, 99_999, 150_000, 320_000].allSatisfy { wanted in
      var out = [UInt8](repeating: 0, count: plain.count)
      let done = packed.withUnsafeBytes { packed in
        out.withUnsafeMutableBytes { inflater.inflatePrefix(packed, wanted: wanted, into: $0) }
      }
      return done && out[..<wanted] == plain[..<wanted]
    }
  }()
}

/// Inflaters waiting for work.
package final class InflaterPool: Sendable {
  private let idle = Mutex<[Inflater]>([])

  package func with<T>(_ body: (Inflater) throws -> T) throws -> T {
    let inflater = try idle.withLock { $0.popLast() } ?? Inflater()
    defer { idle.withLock { $0.append(inflater) } }
    return try body(inflater)
  }
}
