import Frames

/// A paired image metric of one frame, so many frames after the given ones: how a continuation holds as it goes on.
public struct AtHorizon: Sendable {
  public let metric: any ClipMetric.Type
  /// 1 is the first frame that was not given.
  public let horizon: Int

  /// "psnr_h4".
  public var name: String { "\(metric.name)_h\(horizon)" }

  /// Horizons a clip shows: powers of four, and its last frame.
  public static func horizons(frames: Int, given: Int) -> [Int] {
    let last = frames - given
    return (0..<10).map { 1 << (2 * $0) }.filter { $0 < last } + (last > 0 ? [last] : [])
  }

  public init(_ metric: any ClipMetric.Type, _ horizon: Int) { (self.metric, self.horizon) = (metric, horizon) }

  /// - Parameters:
  ///   - clip, reference: of one size and length.
  ///   - given: frames both begin with.
  public func measure(_ clip: Frames, reference: Frames, given: Int) -> Measurement {
    let t = given + horizon - 1
    guard t < clip.count, t < reference.count else { return .notApplicable("the clip ends before that horizon") }
    return metric.measure(Evidence(clip[t..<t + 1], reference: reference[t..<t + 1], threads: 1))
  }
}
