import Foundation
import Frames

/// What a clip does in space and time in 64 numbers, without weights: the features of `fd_std64`.
///
/// - 32: for each quarter of the picture and each of eight directions, mean speed of dense flow in that direction, in
///   hundredths of the shorter side a second; a vector between two directions is shared between them.
/// - 32: for each quarter and each of eight equal bands up to half the frame rate, log(1 + RMS level) of 8×8 block luma
///   in that band (`Spectrum`: linear trend removed, Hann window).
/// Cannot see: colour, shape, identity, detail under eight pixels, or order in time beyond neighbouring frames.
public struct SpaceTimeDescriptor: Sendable, Equatable {
  public static let count = 64
  static let leastFrames = 16
  public let values: [Double]

  /// - Returns: nil with the reason for clips under 16 frames or too small for flow.
  public static func make(_ frames: Frames, threads: Int = 1) -> (descriptor: SpaceTimeDescriptor?, obstacle: String) {
    guard frames.count >= leastFrames else {
      return (nil, "the descriptor needs \(leastFrames) frames; the clip has \(frames.count)")
    }
    if let obstacle = FlowPairs.obstacle(frames) { return (nil, obstacle) }
    return (SpaceTimeDescriptor(values: motion(frames, threads) + spectrum(frames)), "")
  }

  private static func quarter(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Int {
    (2 * y >= height ? 2 : 0) + (2 * x >= width ? 1 : 0)
  }

  private static func motion(_ frames: Frames, _ threads: Int) -> [Double] {
    let pairs = (0..<frames.count - 1).map { ($0, $0 + 1) }, width = frames.width, height = frames.height
    let sums = FlowPairs.each(frames, pairs, threads: threads) { _, forward, _ -> [Double] in
      var sums = [Double](repeating: 0, count: 32)
      for y in 0..<height {
        for x in 0..<width {
          let u = Double(forward.u[y * width + x]), v = Double(forward.v[y * width + x]), speed = hypot(u, v)
          guard speed > 0 else { continue }
          let turn = (atan2(v, u) / (2 * .pi) + 1) * 8, low = turn.rounded(.down), share = turn - low
          let base = 8 * quarter(x, y, width, height)
          sums[base + Int(low) % 8] += speed * (1 - share)
          sums[base + (Int(low) + 1) % 8] += speed * share
        }
      }
      return sums
    }
    // Mean over a quarter's pixels and all pairs, in hundredths of the shorter side a second.
    let scale =
      100 * frames.fps.perSecond / Double(min(width, height)) / (Double(width * height) / 4) / Double(pairs.count)
    return (0..<32).map { k in sums.reduce(0) { $0 + $1[k] } * scale }
  }

  private static func spectrum(_ frames: Frames) -> [Double] {
    let across = frames.width / 8, down = frames.height / 8, count = frames.count
    var series = [Double](repeating: 0, count: across * down * count)
    for t in 0..<count {
      let luma = LumaPlane(frames, t)
      for j in 0..<down * 8 {
        for i in 0..<across * 8 {
          series[(j / 8 * across + i / 8) * count + t] += Double(luma.values[j * frames.width + i]) / 64
        }
      }
    }
    var power = [Double](repeating: 0, count: 32), blocks = [Double](repeating: 0, count: 4)
    let transform = Spectrum(count)
    for j in 0..<down {
      for i in 0..<across {
        let quarter = quarter(2 * i + 1, 2 * j + 1, 2 * across, 2 * down), block = j * across + i
        blocks[quarter] += 1
        for (k, value) in transform.powers(Array(series[block * count..<(block + 1) * count])).enumerated() {
          power[8 * quarter + min(7, k * 16 / count)] += value
        }
      }
    }
    return (0..<32).map { log(1 + (power[$0] / max(1, blocks[$0 / 8])).squareRoot()) }
  }
}
