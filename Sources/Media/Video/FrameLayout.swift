import Files
import Sandbox

/// Which part of a film's picture is taken, how it is laid, and at what size.
struct FrameLayout: Equatable {
  struct Box: Equatable { var x = 0, y = 0, width = 0, height = 0 }

  static let sides = 1...16384
  /// Bytes behind a frame that a conversion may write to: swscale's vector loops go a little past a row.
  static let slack = 64

  let orientation: Orientation
  /// As it is shown, before anything is cut off.
  let shown: (width: Int, height: Int)
  let crop: Box
  /// Of the frames that come of it.
  let width: Int, height: Int

  /// - Parameter path: for problems.
  /// - Throws: `Problem` when the crop lies outside the picture or the size is out of range.
  init(info: VideoInfo, size: (width: Int, height: Int)?, crop: Crop, at path: String) throws {
    orientation = info.orientation
    shown = orientation.isSideways ? (info.height, info.width) : (info.width, info.height)
    if let size {
      guard Self.sides.contains(size.width), Self.sides.contains(size.height) else {
        throw Problem.usage("frames of \(size.width)x\(size.height) cannot be made", expected: "sides from 1 to 16384")
      }
    }
    switch crop {
    case .none: self.crop = Box(width: shown.width, height: shown.height)
    case .rectangle(let x, let y, let w, let h):
      guard x + w <= shown.width, y + h <= shown.height else {
        throw Problem(
          "the crop \(crop.description) reaches outside the picture of \(shown.width)x\(shown.height)", at: path,
          fix: "choose x,y,w,h inside it")
      }
      self.crop = Box(x: x, y: y, width: w, height: h)
    case .center:
      // With no size wanted there is no aspect to cut to.
      let target = size ?? shown
      // The larger of the two rectangles of the target's aspect that fit.
      let w = min(shown.width, max(1, shown.height * target.width / target.height)),
        h = min(shown.height, max(1, shown.width * target.height / target.width))
      self.crop = Box(x: (shown.width - w) / 2, y: (shown.height - h) / 2, width: w, height: h)
    }
    (width, height) = (size?.width ?? self.crop.width, size?.height ?? self.crop.height)
  }

  /// Of a frame's RGB.
  var bytes: Int { width * height * 3 }

  var isWhole: Bool { crop == Box(width: shown.width, height: shown.height) }

  static func == (a: Self, b: Self) -> Bool {
    (a.orientation, a.shown.width, a.shown.height, a.crop) == (b.orientation, b.shown.width, b.shown.height, b.crop)
      && (a.width, a.height) == (b.width, b.height)
  }

  func write(_ out: inout WireWriter) {
    orientation.write(&out)
    out.put([shown.width, shown.height, crop.x, crop.y, crop.width, crop.height, width, height])
  }

  init(_ wire: inout WireReader) throws {
    orientation = try Orientation(&wire)
    let n = try wire.ints()
    guard n.count == 8, [n[0], n[1], n[4], n[5], n[6], n[7]].allSatisfy(Self.sides.contains), (0...n[0]).contains(n[2]),
      (0...n[1]).contains(n[3]), n[2] + n[4] <= n[0], n[3] + n[5] <= n[1]
    else { throw WireReader.Fault() }
    shown = (n[0], n[1])
    crop = Box(x: n[2], y: n[3], width: n[4], height: n[5])
    (width, height) = (n[6], n[7])
  }
}

extension Orientation {
  func write(_ out: inout WireWriter) {
    out.put(rotation)
    out.put(isMirrored)
  }

  init(_ wire: inout WireReader) throws {
    let rotation = try wire.int()
    guard [0, 90, 180, 270].contains(rotation) else { throw WireReader.Fault() }
    self.init(rotation: rotation, isMirrored: try wire.bool())
  }
}
