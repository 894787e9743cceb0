import Foundation
import Frames

/// Luma of 8×8 blocks through time, in the stabilised picture, as a spectrum: what a still background does at high
/// frequency is flicker.
///
/// The clip is cut into equal windows of at most 32 frames, each laid over its first frame through the camera's motion,
/// so that a pan does not run out of picture. A block counts where all its pixels stay inside and off the subject for
/// the whole window. Series are freed of their least-squares line and weighted by a Hann window.
struct BlockSpectrum {
  static let block = 8, longest = 32, least = 8

  /// Sum over blocks and windows of the power at a quarter of the frame rate and above, and of all power but the
  /// constant; level² of an undamped series, so that an alternation by ±A has A².
  private(set) var high = 0.0, total = 0.0
  /// Series behind them.
  private(set) var series = 0
  let obstacle: String?

  init(_ evidence: Evidence) {
    let frames = evidence.frames
    guard frames.count >= Self.least else {
      obstacle = "a spectrum needs \(Self.least) frames; the clip has \(frames.count)"
      return
    }
    guard min(frames.width, frames.height) >= Self.block else {
      obstacle = "needs sides of \(Self.block) pixels; the clip is \(frames.width)x\(frames.height)"
      return
    }
    let windows = (frames.count + Self.longest - 1) / Self.longest
    let parts = (0..<windows).map { i in
      Self.window(evidence, frames.count * i / windows..<frames.count * (i + 1) / windows)
    }
    for part in parts.flatMap({ $0 }) {
      high += part.high
      total += part.total
      series += 1
    }
    obstacle = series == 0 ? "no block of background stays in the picture" : nil
  }

  private static func window(_ evidence: Evidence, _ range: Range<Int>) -> [(high: Double, total: Double)] {
    let frames = evidence.frames, columns = frames.width / block, rows = frames.height / block
    var alive = [Bool](repeating: true, count: columns * rows), means = [[Double]](repeating: [], count: columns * rows)
    var map = Homography.identity
    let first = SubjectMask(evidence, range.lowerBound)
    for t in range {
      if t > range.lowerBound, t - 1 < evidence.camera.steps.count { map = evidence.camera.steps[t - 1].map.after(map) }
      let laid = Registration(LumaPlane(frames, t), by: map, off: first, SubjectMask(evidence, t))
      for b in alive.indices where alive[b] {
        var sum: Float = 0
        let corner = b / columns * block * frames.width + b % columns * block
        for y in 0..<block {
          for x in 0..<block {
            let i = corner + y * frames.width + x
            if !laid.valid[i] { alive[b] = false }
            sum += laid.warped.values[i]
          }
        }
        means[b].append(Double(sum) / Double(block * block))
      }
    }
    let spectrum = Spectrum(range.count)
    return alive.indices.filter { alive[$0] }.map { spectrum.power(means[$0]) }
  }
}

/// Hann-windowed power of detrended series of one length.
struct Spectrum {
  private let n: Int
  private let hann: [Double]
  private let cosines, sines: [Double]
  /// Σ of the squared window.
  private let energy: Double

  init(_ n: Int) {
    self.n = n
    hann = (0..<n).map { 0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / Double(n)) }
    cosines = (0..<n).map { cos(2 * .pi * Double($0) / Double(n)) }
    sines = (0..<n).map { sin(2 * .pi * Double($0) / Double(n)) }
    energy = hann.reduce(0) { $0 + $1 * $1 }
  }

  /// Mean squares at f ≥ fs/4, and at all f > 0.
  func power(_ series: [Double]) -> (high: Double, total: Double) {
    var high = 0.0, total = 0.0
    for (i, p) in powers(series).enumerated() {
      total += p
      if 4 * (i + 1) >= n { high += p }
    }
    return (high, total)
  }

  /// Mean squares at the frequencies k·fs/n, k = 1…n/2.
  func powers(_ series: [Double]) -> [Double] {
    let middle = Double(n - 1) / 2, mean = series.reduce(0, +) / Double(n)
    var slope = 0.0, square = 0.0
    for i in 0..<n {
      slope += (Double(i) - middle) * (series[i] - mean)
      square += (Double(i) - middle) * (Double(i) - middle)
    }
    slope /= square
    let windowed = (0..<n).map { hann[$0] * (series[$0] - mean - slope * (Double($0) - middle)) }
    return (1...n / 2).map { k in
      var re = 0.0, im = 0.0
      for i in 0..<n {
        re += windowed[i] * cosines[i * k % n]
        im -= windowed[i] * sines[i * k % n]
      }
      // Every frequency but the highest of an even length also stands for its mirror image.
      return (re * re + im * im) * (2 * k == n ? 1 : 2) / (Double(n) * energy)
    }
  }
}
