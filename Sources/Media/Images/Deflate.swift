import CDeflate
import Files
import Foundation
import Frames

/// zlib streams (RFC 1950), which HDF5's gzip filter and PNG both use; packed by libdeflate, at the size of zlib's
/// level 4 and twice its speed.
package enum Deflate {
  /// Compresses one block. Level 4 is what the native layout uses: within 1 % of level 6's size on frames.
  package static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32 = 4) throws -> [UInt8] {
    guard let compressor = libdeflate_alloc_compressor(level) else {
      throw Problem("libdeflate has no room to compress \(bytes.count) bytes", fix: "free some memory")
    }
    defer { libdeflate_free_compressor(compressor) }
    let bound = libdeflate_zlib_compress_bound(compressor, bytes.count)
    let packed = [UInt8](unsafeUninitializedCapacity: bound) { out, count in
      count = libdeflate_zlib_compress(compressor, bytes.baseAddress, bytes.count, out.baseAddress, bound)
    }
    // It gives nothing only when the room is below its own bound.
    guard !packed.isEmpty else {
      throw Problem("libdeflate cannot compress \(bytes.count) bytes within its own bound of \(bound)")
    }
    return packed
  }

  /// Compresses equal pieces of `bytes` on all cores; the results keep the pieces' order.
  static func compress(_ bytes: [UInt8], pieces: Int, of size: Int, level: Int32 = 4) throws -> [[UInt8]] {
    try concurrently(pieces, threads: ProcessInfo.processInfo.activeProcessorCount) { i in
      try bytes.withUnsafeBytes {
        try compress(UnsafeRawBufferPointer(rebasing: $0[i * size..<(i + 1) * size]), level: level)
      }
    }
  }
}
