import CAV
import Frames

/// A film's nominal rate: of the usual distance between frames, which a pause or a few lost frames do not change, as
/// they do the mean.
package enum FrameTiming {
  /// Rates that cameras, editors and screens use.
  private static let standard =
    [8, 10, 12, 15, 16, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240].map { FrameRate($0) }
    + [24, 30, 48, 60, 120].map { FrameRate($0 * 1000, 1001) }

  static func sane(_ r: AVRational) -> FrameRate? {
    r.num > 0 && r.den > 0 && (0.1...1000).contains(av_q2d(r)) ? FrameRate(Int(r.num), Int(r.den)) : nil
  }

  /// - Parameters:
  ///   - times: in ticks, in order.
  ///   - ticks: a second.
  ///   - mean: frames by duration, kept where the usual distance allows it.
  /// - Returns: nil for fewer than two frames.
  package static func usual(_ times: [Int64], ticks: FrameRate, mean: FrameRate?) -> FrameRate? {
    let steps = zip(times, times.dropFirst()).map { $1 &- $0 }.filter { $0 > 0 }.sorted()
    guard !steps.isEmpty else { return nil }
    let median = Int(steps[steps.count / 2])
    // Coarse ticks round the distance up and down by one: 33, 33, 34.
    let usual = steps.filter { abs(Int($0) - median) <= 1 }
    let rate = ticks.perSecond * Double(usual.count) / usual.reduce(0) { $0 + Double($1) }
    guard (0.1...1000).contains(rate) else { return nil }
    func isNear(_ other: FrameRate, _ tolerance: Double) -> Bool { abs(other.perSecond / rate - 1) < tolerance }
    if let mean, isNear(mean, 1e-4) { return mean }
    let tolerance = 0.005
    func isStandard(_ other: FrameRate) -> Bool {
      standard.contains { abs($0.perSecond / other.perSecond - 1) < 1e-4 }
    }
    if let mean, isNear(mean, tolerance), isStandard(mean) { return mean }
    func distance(_ other: FrameRate) -> Double { abs(other.perSecond / rate - 1) }
    if let near = standard.min(by: { distance($0) < distance($1) }), isNear(near, tolerance) { return near }
    if let mean, isNear(mean, tolerance) { return mean }
    let divisor = gcd(ticks.numerator, ticks.denominator * median)
    return FrameRate(ticks.numerator / divisor, ticks.denominator * median / divisor)
  }

  private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

  /// Frames further apart than this many usual distances, and than this many seconds, are the two sides of a pause.
  private static let pauseFrames = 8.0, pauseSeconds = 0.25

  /// The longest time a frame is taken to be shown, in seconds.
  static func longest(at rate: FrameRate) -> Double { max(pauseSeconds, pauseFrames / rate.perSecond) }
}
