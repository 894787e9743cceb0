import CAV
import Files
import Sandbox

/// The child's side of reading video and pictures: the one place where libav reads. It opens nothing but the
/// descriptors it is handed.
package final class VideoService: SandboxService {
  private var open: OpenVideo?

  package init() {}

  package func answer(_ request: SandboxRequest) throws -> [UInt8] {
    var out = WireWriter()
    do {
      switch try VideoCall.read(request.payload) {
      case .open(let name):
        open = nil
        let video = try OpenVideo(file(request, name))
        open = video
        out.put(0)
        VideoFacts(video.decoder).write(&out)
      case .rate(let name):
        open = nil
        let rate = try Demuxer.rate(of: file(request, name))
        out.put(0)
        VideoFacts.write(rate, &out)
      case .frames(let wanted):
        guard let open else { throw SandboxRefusal(code: 0, text: "no file is open") }
        if wanted.brings { open.memory[wanted.slot] = try SharedMemory(mapping: request.take(0)) }
        let batch = try open.batch(wanted)
        if batch.isOver { self.open = nil }
        out.put(0)
        batch.write(&out)
      case .close:
        open = nil
        out.put(0)
      }
    } catch let stop as VideoStop {
      open = nil
      out = WireWriter()
      stop.write(&out)
    }
    return out.bytes
  }

  private func file(_ request: SandboxRequest, _ name: String) throws -> OpenedFile {
    try OpenedFile(descriptor: request.take(0), path: name)
  }
}

/// A film under way.
private final class OpenVideo {
  /// After so many seconds of a batch its frames are handed over, so that the other side has something to do.
  private static let moment = 0.03

  let decoder: VideoDecoder
  var memory: [SharedMemory?] = [nil, nil]
  private var converter: FrameConverter?
  /// A frame that found no room; what ended the batch before.
  private var kept: VideoDecoder.Decoded?, stop: VideoStop?

  init(_ file: OpenedFile) throws { decoder = try VideoDecoder(file) }

  func batch(_ wanted: VideoRequest) throws -> VideoBatch {
    if let stop { throw stop }
    guard let memory = memory[wanted.slot], memory.bytes.count >= VideoBatch.head else {
      throw SandboxRefusal(code: 0, text: "there is no memory for frames")
    }
    if let layout = wanted.layout, layout != converter?.layout { converter = FrameConverter(layout) }
    var batch = VideoBatch(), at = VideoBatch.head
    let start = ContinuousClock.now
    memory.bytes.storeBytes(of: 0, as: Int.self)
    do {
      while true {
        guard let frame = try kept ?? decoder.next() else {
          batch.isOver = true
          break
        }
        kept = nil
        let shape = CodedShape(
          format: Int(frame.frame.pointee.format), width: Int(frame.frame.pointee.width),
          height: Int(frame.frame.pointee.height))
        let planes = wanted.planes ? PlaneHash.bytes(shape) : 0
        let rgb = VideoBatch.aligned(at + planes),
          end = wanted.layout.map { VideoBatch.aligned(rgb + $0.bytes + FrameLayout.slack) } ?? rgb
        guard end <= memory.bytes.count, batch.entries.count < VideoBatch.mostEntries else {
          kept = frame
          if batch.entries.isEmpty { batch.needed = end }
          break
        }
        if planes > 0, orrery_image_copy_to_buffer(memory.start(at), Int32(clamping: planes), frame.frame) < 0 {
          throw VideoStop(.notConvertible, shape.format)
        }
        if wanted.layout != nil { try converter?.rgb(frame.frame, into: memory.start(rgb)) }
        at = end
        batch.entries.append(.init(shape: shape, time: frame.time))
        memory.bytes.storeBytes(of: batch.entries.count, as: Int.self)
        if ContinuousClock.now - start > .seconds(Self.moment) { break }
      }
    } catch {
      let why = error as? VideoStop ?? VideoStop(.notConvertible, -1)
      // What was decoded before is handed over first.
      guard !batch.entries.isEmpty else { throw why }
      stop = why
    }
    batch.damaged = min(decoder.damaged, Int(Int32.max))
    return batch
  }
}

extension SharedMemory {
  fileprivate func start(_ offset: Int) -> UnsafeMutablePointer<UInt8> {
    (bytes.baseAddress! + offset).assumingMemoryBound(to: UInt8.self)
  }
}
