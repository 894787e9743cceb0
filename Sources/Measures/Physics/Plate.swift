import Frames

/// What a clip shows where no object is.
public enum Plate: Sendable {
  /// One known grey level.
  case flat(UInt8)
  /// Known pixels, H·W·3 bytes: backdrop and scenery.
  case pixels([UInt8])
  /// Known pixels a frame, `[T][H·W·3]`: what the camera should see at that moment.
  case moving([[UInt8]])
  /// Unknown: the per-pixel, per-channel median over the clip. Fails where an object rests longer than half of it.
  case median

  /// H·W·3 bytes for each frame of this clip; one for all when the camera is at rest.
  func resolved(for frames: Frames) -> [[UInt8]] {
    switch self {
    case .flat(let grey): return [[UInt8](repeating: grey, count: frames.frameBytes)]
    case .pixels(let pixels):
      precondition(
        pixels.count == frames.frameBytes, "a plate of \(pixels.count) bytes for frames of \(frames.frameBytes)")
      return [pixels]
    case .moving(let plates):
      precondition(
        plates.count >= frames.count && plates.allSatisfy { $0.count == frames.frameBytes },
        "\(plates.count) plates for \(frames.count) frames")
      return plates
    case .median: return [Self.median(frames)]
    }
  }

  /// Bytes of one plate where they are known.
  var bytes: Int? {
    switch self {
    case .pixels(let pixels): pixels.count
    case .moving(let plates): plates.first?.count
    case .flat, .median: nil
    }
  }

  /// The lower median of each byte through time, by counting.
  private static func median(_ frames: Frames) -> [UInt8] {
    let size = frames.frameBytes, half = (frames.count + 1) / 2
    var plate = [UInt8](repeating: 0, count: size)
    var counts = [Int](repeating: 0, count: 256)
    frames.pixels.withUnsafeBufferPointer { pixels in
      for p in 0..<size {
        for t in 0..<frames.count { counts[Int(pixels[t * size + p])] += 1 }
        var level = 0, below = counts[0]
        while below < half { level += 1; below += counts[level] }
        plate[p] = UInt8(level)
        for t in 0..<frames.count { counts[Int(pixels[t * size + p])] = 0 }
      }
    }
    return plate
  }
}
