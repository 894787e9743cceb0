import Files
import Foundation
import Frames
import Media
import Tensors

/// A dataset to time reading with: clips of 96 frames in which a texture of value noise drifts by fractions of a pixel,
/// so that no frame repeats another and gzip packs it to about two thirds, as it does real footage (Big Buck Bunny at
/// 112×64: 0.655).
public enum TexturedDataset {
  static let clipFrames = 96

  /// - Throws: `Problem` when the file cannot be written.
  public static func write(_ path: String, width: Int, height: Int, frames: Int, _ console: Console) throws {
    guard width * height <= 1 << 22 else {
      throw Problem.usage("frames of \(width)×\(height) are too large to make", expected: "at most 4 million pixels")
    }
    let writer = try DatasetWriter(path: path, height: height, width: width, fps: FrameRate(24))
    let progress = console.progress("making \((path as NSString).lastPathComponent)", total: frames)
    for (clip, first) in stride(from: 0, to: frames, by: clipFrames).enumerated() {
      let count = min(clipFrames, frames - first)
      try writer.append(
        id: "texture_" + Text.padded(clip, 5), frames: clipFramesOf(clip, count, width: width, height: height),
        split: .train)
      progress.update(first + count)
    }
    try writer.finish()
  }

  /// Frames of one clip: a window that wanders over a texture larger than itself.
  static func clipFramesOf(_ clip: Int, _ count: Int, width: Int, height: Int) -> Frames {
    let random = Random(seed: 7, lane: clip), margin = 2 + Int((Double(count) * 1.37).rounded(.up))
    let rows = height + margin, columns = width + margin, texture = texture(random, rows: rows, columns: columns)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * height * width * 3) { out, filled in
      texture.withUnsafeBufferPointer { texture in
        var at = 0
        for t in 0..<count {
          let dx = Float(t) * 1.37, dy = Float(t) * 0.61, column = Int(dx), row = Int(dy), fx = dx - Float(column),
            fy = dy - Float(row)
          for y in 0..<height {
            var here = ((y + row) * columns + column) * 3
            for _ in 0..<3 * width {
              let above = texture[here] + (texture[here + 3] - texture[here]) * fx
              let below =
                texture[here + 3 * columns] + (texture[here + 3 * columns + 3] - texture[here + 3 * columns]) * fx
              out[at] = UInt8(max(0, min(255, above + (below - above) * fy)))
              at += 1
              here += 1
            }
          }
        }
      }
      filled = count * height * width * 3
    }
    return Frames(count: count, height: height, width: width, pixels: pixels, fps: FrameRate(24))
  }

  /// rows · columns · 3 values about 20 to 235: value noise on lattices of 64, 24 and 9 pixels.
  private static func texture(_ random: Random, rows: Int, columns: Int) -> [Float] {
    var out = [Float](repeating: 20, count: rows * columns * 3)
    for (octave, (pitch, weight)) in [(64, Float(110)), (24, 70), (9, 35)].enumerated() {
      let across = columns / pitch + 2, down = rows / pitch + 2
      let knots = (0..<across * down * 3).map { Float(random.uniform($0 + octave << 24, .sample)) * weight }
      func smooth(_ x: Float) -> Float { x * x * (3 - 2 * x) }
      for y in 0..<rows {
        let v = smooth(Float(y % pitch) / Float(pitch)), top = y / pitch * across
        for x in 0..<columns {
          let u = smooth(Float(x % pitch) / Float(pitch)), knot = (top + x / pitch) * 3
          for c in 0..<3 {
            let above = knots[knot + c] + (knots[knot + 3 + c] - knots[knot + c]) * u, under = knot + 3 * across
            let below = knots[under + c] + (knots[under + 3 + c] - knots[under + c]) * u
            out[(y * columns + x) * 3 + c] += above + (below - above) * v
          }
        }
      }
    }
    return out
  }
}
