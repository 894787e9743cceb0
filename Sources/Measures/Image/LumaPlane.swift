import Frames

/// The luma of one frame: H·W values on 0…255, row-major, not rounded. BT.601 weights on full range, Y = 0.299 R +
/// 0.587 G + 0.114 B.
public struct LumaPlane: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var values: [Float]

  public init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == width * height, "\(values.count) values for \(width)x\(height)")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// Frame `index` of a clip.
  public init(_ frames: Frames, _ index: Int) {
    precondition((0..<frames.count).contains(index), "frame \(index) of \(frames.count)")
    let count = frames.height * frames.width
    let values = [Float](unsafeUninitializedCapacity: count) { out, written in
      frames.pixels.withUnsafeBufferPointer { bytes in
        let from = bytes.baseAddress! + index * frames.frameBytes
        // Thousandths are whole numbers that a float holds exactly, so there is one rounding.
        for i in 0..<count {
          let r = Int32(from[3 &* i]), g = Int32(from[3 &* i &+ 1]), b = Int32(from[3 &* i &+ 2])
          out[i] = Float(299 &* r &+ 587 &* g &+ 114 &* b) * 0.001
        }
      }
      written = count
    }
    self.init(width: frames.width, height: frames.height, values: values)
  }

  /// Half the size: means of 2×2 pixels; the last row and column of an odd size are repeated.
  public var halved: LumaPlane {
    let w = (width + 1) / 2, h = (height + 1) / 2
    var out = [Float](repeating: 0, count: w * h)
    for y in 0..<h {
      let top = 2 * y * width, bottom = min(2 * y + 1, height - 1) * width
      for x in 0..<w {
        let left = 2 * x, right = min(2 * x + 1, width - 1)
        out[y * w + x] =
          ((values[top + left] + values[top + right]) + (values[bottom + left] + values[bottom + right])) * 0.25
      }
    }
    return LumaPlane(width: w, height: h, values: out)
  }
}
