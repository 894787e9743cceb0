import Sandbox

/// What the parent asks the child about a film. One is open at a time; opening another, and its end, close it.
enum VideoCall {
  /// Opens the file whose descriptor comes along; its name helps to tell formats that look alike. Answered by
  /// `VideoFacts`.
  case open(name: String)
  /// Opens it for its frame rate alone.
  case rate(name: String)
  /// Decodes as many frames as fit into shared memory, or as a moment allows, at least one. Answered by `VideoBatch`.
  case frames(VideoRequest)
  case close

  func bytes() -> [UInt8] {
    var out = WireWriter()
    switch self {
    case .open(let name), .rate(let name):
      if case .open = self { out.put(0) } else { out.put(1) }
      out.put(name)
    case .frames(let request):
      out.put(2)
      request.write(&out)
    case .close: out.put(3)
    }
    return out.bytes
  }

  static func read(_ payload: [UInt8]) throws -> VideoCall {
    var wire = WireReader(payload)
    switch try wire.int(0...3) {
    case 0: return .open(name: try wire.text())
    case 1: return .rate(name: try wire.text())
    case 2: return .frames(try VideoRequest(&wire))
    default: return .close
    }
  }
}

/// Which frames, and where to.
struct VideoRequest: Equatable {
  /// Two pieces of memory take turns.
  static let slots = 0...1
  /// Which of them; whether its descriptor comes along.
  var slot = 0, brings = false
  /// Whether the decoded planes are wanted, as their hash takes them.
  var planes = false
  /// The RGB wanted; nil for none.
  var layout: FrameLayout?

  func write(_ out: inout WireWriter) {
    out.put(slot)
    for flag in [brings, planes, layout != nil] { out.put(flag) }
    layout?.write(&out)
  }

  init(slot: Int, brings: Bool, planes: Bool, layout: FrameLayout?) {
    (self.slot, self.brings, self.planes, self.layout) = (slot, brings, planes, layout)
  }

  init(_ wire: inout WireReader) throws {
    slot = try wire.int(Self.slots)
    (brings, planes) = (try wire.bool(), try wire.bool())
    layout = try wire.bool() ? FrameLayout(&wire) : nil
  }
}

/// A frame as coded: what its planes are.
struct CodedShape: Hashable {
  /// libav's pixel format.
  var format = 0, width = 0, height = 0
}

/// What one request for frames came to. In the memory lies a head of 64 bytes, its first eight the number of frames
/// that are done; then planes and RGB of each frame in turn, every one of them from a multiple of 64 bytes on, with
/// `FrameLayout.slack` behind the RGB.
struct VideoBatch {
  struct Entry {
    var shape = CodedShape()
    /// In seconds; nil where the frame carries none.
    var time: Double?
  }

  static let head = 64
  static let mostEntries = 1 << 16

  var entries: [Entry] = []
  /// So far, in the whole file.
  var damaged = 0
  /// Nothing comes after these; the file is closed.
  var isOver = false
  /// Bytes of memory the next frame takes, which has not found room; 0 otherwise.
  var needed = 0

  func write(_ out: inout WireWriter) {
    out.put(entries.count)
    for entry in entries {
      for value in [entry.shape.format, entry.shape.width, entry.shape.height] { out.put(value) }
      out.put(entry.time ?? .nan)
    }
    out.put(damaged)
    out.put(isOver)
    out.put(needed)
  }

  init() {}

  init(_ wire: inout WireReader) throws {
    entries = try wire.list { wire in
      var entry = Entry()
      entry.shape.format = try wire.int(-1...Int(Int32.max))
      (entry.shape.width, entry.shape.height) = (try wire.int(FrameLayout.sides), try wire.int(FrameLayout.sides))
      let time = try wire.double()
      entry.time = time.isFinite ? time : nil
      return entry
    }
    damaged = try wire.int(0...Int(Int32.max))
    isOver = try wire.bool()
    needed = try wire.int(0...Int.max / 4)
    guard entries.count <= Self.mostEntries, !entries.isEmpty || isOver || needed > 0 else { throw WireReader.Fault() }
    try wire.end()
  }

  static func aligned(_ offset: Int) -> Int { (offset + 63) & ~63 }
}
