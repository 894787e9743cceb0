import Files
import Frames

/// A metric against time: its value in each window of a long rollout and how fast that changes, so that decay with the
/// horizon shows where a mean over the clip would hide it.
///
/// Windows lie side by side from the first frame; a rest shorter than half a window is left out and said so by
/// `frames`. A metric that looks at its first frame looks at each window's own.
public struct Horizon: Sendable {
  public struct Window: Sendable {
    public let frames: Range<Int>
    /// Middle of the window, seconds from the first frame.
    public let seconds: Double
    public let measurement: Measurement

    /// The same window in a clip that has `start` frames before this one.
    public func moved(by start: Int, _ fps: FrameRate) -> Window {
      Window(
        frames: frames.lowerBound + start..<frames.upperBound + start, seconds: seconds + Double(start) / fps.perSecond,
        measurement: measurement)
    }
  }

  public let metric: String
  public let unit: String
  public let windows: [Window]
  /// Least squares over the windows that have a value, in the metric's unit a second; nil with fewer than two.
  public let slope: Double?

  /// - Parameter seconds: length of a window; at least two frames are taken.
  public init(_ metric: any ClipMetric.Type, _ evidence: Evidence, seconds: Double = 1) {
    let fps = evidence.frames.fps.perSecond, length = max(2, Int((seconds * fps).rounded()))
    self.metric = metric.name
    unit = metric.unit
    windows = stride(from: 0, to: evidence.frames.count, by: length).compactMap { start in
      let range = start..<min(start + length, evidence.frames.count)
      guard 2 * range.count >= length else { return nil }
      return Window(
        frames: range, seconds: (Double(range.lowerBound) + Double(range.count) / 2) / fps,
        measurement: metric.measure(evidence.window(range)))
    }
    slope = Self.slope(windows)
  }

  /// For windows measured elsewhere, as they come from a stream.
  public init(metric: String, unit: String, windows: [Window]) {
    (self.metric, self.unit, self.windows, slope) = (metric, unit, windows, Self.slope(windows))
  }

  private static func slope(_ windows: [Window]) -> Double? {
    let points = windows.compactMap { window -> (x: Double, y: Double)? in
      window.measurement.number.map { (window.seconds, $0) }
    }
    guard points.count >= 2 else { return nil }
    return Polynomial(degree: 1, points.map(\.x), points.map(\.y)).slope
  }

  public var json: Value {
    .object([
      .init("unit", .string(unit)), .init("slope_per_second", Value(slope)),
      .init(
        "windows",
        .array(
          windows.map { window in
            let measured = window.measurement
            return [
              "seconds": Value(window.seconds), "first_frame": Value(window.frames.lowerBound),
              "frames": Value(window.frames.count), "value": Value(measured.number),
              "note": measured.note.isEmpty ? .null : .string(measured.note),
            ]
          })),
    ])
  }
}

extension Evidence {
  /// The same evidence of a run of frames alone.
  func window(_ range: Range<Int>) -> Evidence {
    Evidence(
      frames[range], reference: reference.flatMap { range.upperBound <= $0.count ? $0[range] : nil },
      scene: scene?.window(range), threads: threads)
  }
}

extension SceneTruth {
  func window(_ range: Range<Int>) -> SceneTruth {
    let steps = range.lowerBound..<max(range.lowerBound, min(range.upperBound - 1, flow.count))
    return SceneTruth(
      flow: Array(flow[steps]), known: Array(known[steps]), masks: Array(masks[range]), camera: Array(camera[range]),
      colours: colours,
      conditioning: max(0, conditioning - range.lowerBound), plates: plates.isEmpty ? [] : Array(plates[range]))
  }
}
