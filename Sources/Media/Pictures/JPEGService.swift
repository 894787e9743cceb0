import CJPEG
import Files
import Sandbox

/// The child's side of reading JPEG pictures: libjpeg-turbo decodes them into shared memory, one after another.
package final class JPEGService: SandboxService {
  private var tables = tjInitDecompress()

  package init() {}

  deinit { if let tables { tjDestroy(tables) } }

  /// Of a request: height, width, then the pictures. Of an answer: how many were decoded, and why the next was not.
  package func answer(_ request: SandboxRequest) throws -> [UInt8] {
    var wire = WireReader(request.payload), out = WireWriter()
    let height = try wire.int(1...16384), width = try wire.int(1...16384)
    let memory = try SharedMemory(mapping: request.take(0)), row = height * width * 3
    let pictures = try wire.list { try $0.raw() }
    guard let tables, memory.bytes.count >= pictures.count * row else {
      throw SandboxRefusal(code: 0, text: "there is no room for the pictures")
    }
    var why = "", done = 0
    for picture in pictures {
      why = decode(picture, tables, width, height, memory.bytes.baseAddress! + done * row) ?? ""
      guard why.isEmpty else {
        // A picture that ends in its header leaves the decoder waiting for the rest.
        tjDestroy(tables)
        self.tables = tjInitDecompress()
        break
      }
      done += 1
    }
    withExtendedLifetime(memory) {}
    out.put(done)
    out.put(why)
    return out.bytes
  }

  private func decode(
    _ bytes: [UInt8], _ tables: UnsafeMutableRawPointer, _ width: Int, _ height: Int, _ out: UnsafeMutableRawPointer
  ) -> String? {
    var w: Int32 = 0, h: Int32 = 0, subsampling: Int32 = 0, space: Int32 = 0
    guard tjDecompressHeader3(tables, bytes, UInt(bytes.count), &w, &h, &subsampling, &space) == 0 else {
      return String(cString: tjGetErrorStr2(tables))
    }
    guard w > 0, h > 0 else { return "it ends in its header" }
    guard Int(w) == width, Int(h) == height else { return "it is \(w)x\(h), not \(width)x\(height)" }
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
    let code = tjDecompress2(
      tables, bytes, UInt(bytes.count), out.assumingMemoryBound(to: UInt8.self), w, 0, h, Int32(TJPF_RGB.rawValue),
      flags)
    return code == 0 ? nil : String(cString: tjGetErrorStr2(tables))
  }
}
