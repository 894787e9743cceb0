import Files
import Sandbox

/// JPEG pictures of one size, decoded by a child.
enum JPEGPictures {
  struct Broken: Error {
    let index: Int
    let why: String
  }

  /// Pictures in one request.
  private static let mostBytes = 64 << 20

  /// - Parameter out: `pictures.count · height · width · 3` bytes.
  /// - Throws: `Broken` for a picture that does not decode, or `SandboxFailure`.
  static func decode(
    _ pictures: [[UInt8]], height: Int, width: Int, into out: UnsafeMutableRawBufferPointer
  ) throws {
    let row = height * width * 3, step = max(1, mostBytes / row)
    for first in stride(from: 0, to: pictures.count, by: step) {
      let some = pictures[first..<min(pictures.count, first + step)]
      let memory = try SharedMemory(count: some.count * row)
      var wire = WireWriter()
      wire.put(height)
      wire.put(width)
      wire.put(some.count)
      for picture in some { wire.put(picture) }
      let bytes = some.reduce(0) { $0 + $1.count }, pixels = some.count * height * width
      let seconds = 4 + bytes / 1_000_000 + pixels / 4_000_000
      let limits = SandboxLimits(
        processorSeconds: seconds, seconds: Double(4 * seconds),
        memory: (256 << 20) + 3 * bytes + 2 * memory.bytes.count + 24 * height * width)
      let answer = try SandboxPool.shared.call(.jpeg, wire.bytes, descriptors: [memory.descriptor], limits: limits)
      var reader = WireReader(answer)
      let done = try reader.int(0...some.count), why = try reader.text()
      guard done == some.count else { throw Broken(index: first + done, why: why) }
      withExtendedLifetime(memory) {
        UnsafeMutableRawBufferPointer(rebasing: out[first * row..<(first + some.count) * row]).copyMemory(
          from: UnsafeRawBufferPointer(memory.bytes))
      }
    }
  }
}
