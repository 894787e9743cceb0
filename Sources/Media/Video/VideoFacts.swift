import Frames
import Sandbox

/// What a child reads of a film before its first frame: numbers and libav's own codes, no sentence.
struct VideoFacts: Equatable {
  var width = 0, height = 0
  var rate: FrameRate?
  var frames: Int?
  var seconds: Double?
  var codec = 0, format = 0, primaries = 0, transfer = 0, matrix = 0, range = 0
  /// Of a pixel, width to height; zeros where the file says nothing.
  var aspect = (across: 0, down: 0)
  /// Bits of the first channel.
  var depth = 0
  var isInterlaced = false, hasAlpha = false
  var orientation = Orientation.upright
  /// Whether the file turns its picture in a way that was not understood.
  var isTurnedUnread = false

  static let mostFrames = 1 << 40

  func write(_ out: inout WireWriter) {
    out.put([width, height, codec, format, primaries, transfer, matrix, range, aspect.across, aspect.down, depth])
    for flag in [isInterlaced, hasAlpha, isTurnedUnread] { out.put(flag) }
    orientation.write(&out)
    Self.write(rate, &out)
    out.put(frames ?? 0)
    out.put(seconds ?? .nan)
  }

  init() {}

  /// - Throws: `WireReader.Fault` for what no film has.
  init(_ wire: inout WireReader) throws {
    let n = try wire.ints()
    guard n.count == 11, FrameLayout.sides.contains(n[0]), FrameLayout.sides.contains(n[1]),
      n[2...].allSatisfy({ (-1...Int(Int32.max)).contains($0) }), n[10] <= 64
    else { throw WireReader.Fault() }
    (width, height, codec, format) = (n[0], n[1], n[2], n[3])
    (primaries, transfer, matrix, range) = (n[4], n[5], n[6], n[7])
    (aspect, depth) = ((n[8], n[9]), n[10])
    (isInterlaced, hasAlpha, isTurnedUnread) = (try wire.bool(), try wire.bool(), try wire.bool())
    orientation = try Orientation(&wire)
    rate = try Self.rate(&wire)
    let frames = try wire.int(0...Self.mostFrames), seconds = try wire.double()
    self.frames = frames > 0 ? frames : nil
    self.seconds = seconds.isFinite ? seconds : nil
  }

  static func write(_ rate: FrameRate?, _ out: inout WireWriter) {
    out.put(rate?.numerator ?? 0)
    out.put(rate?.denominator ?? 0)
  }

  static func rate(_ wire: inout WireReader) throws -> FrameRate? {
    let (n, d) = (try wire.int(0...1 << 40), try wire.int(0...1 << 40))
    guard n > 0 || d > 0 else { return nil }
    guard n > 0, d > 0, case let rate = FrameRate(n, d), (0.09...1001).contains(rate.perSecond) else {
      throw WireReader.Fault()
    }
    return rate
  }

  static func == (a: Self, b: Self) -> Bool {
    var (one, other) = (WireWriter(), WireWriter())
    a.write(&one)
    b.write(&other)
    return one.bytes == other.bytes
  }
}
