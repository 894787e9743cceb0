import CHDF5
import Dispatch
import Files
import Synchronization

/// zlib streams (RFC 1950), which HDF5's gzip filter and PNG both use.
enum Deflate {
  /// Compresses one block. Level 4 is what the native layout uses: within 3 % of level 6's size on frames, at half its time.
  static func compress(_ bytes: UnsafeRawBufferPointer, level: Int32 = 4) throws -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var out = [UInt8](repeating: 0, count: Int(size))
    let code = compress2(&out, &size, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count), level)
    guard code == Z_OK else { throw Problem("zlib cannot compress \(bytes.count) bytes (code \(code))", fix: "free some memory") }
    out.removeLast(out.count - Int(size))
    return out
  }

  /// Inflates into `out`, which must be filled exactly. Returns false when the stream is damaged or of another length.
  static func inflate(_ bytes: [UInt8], into out: UnsafeMutableRawBufferPointer) -> Bool {
    var size = UInt(out.count)
    let code = uncompress(out.baseAddress?.assumingMemoryBound(to: UInt8.self), &size, bytes, UInt(bytes.count))
    return code == Z_OK && size == UInt(out.count)
  }

  /// Compresses equal pieces of `bytes` on all cores; the results keep the pieces' order.
  static func compress(_ bytes: [UInt8], pieces: Int, of size: Int, level: Int32 = 4) throws -> [[UInt8]] {
    let results = Mutex<[Result<[UInt8], any Error>?]>(Array(repeating: nil, count: pieces))
    DispatchQueue.concurrentPerform(iterations: pieces) { i in
      let result = Result { try bytes.withUnsafeBytes { try compress(UnsafeRawBufferPointer(rebasing: $0[i * size..<(i + 1) * size]), level: level) } }
      results.withLock { $0[i] = result }
    }
    return try results.withLock { try $0.map { try $0!.get() } }
  }
}
