import Files
import Frames
import Measures
import Media

/// `orrery metrics time`: what each metric costs on one clip, decoding left out, so that it can be held against other
/// programs' figures.
public struct ScoreTiming {
  public struct Row: Sendable { public let metric: String, milliseconds: [Double], value: Double? }

  public let rows: [Row]
  public let frames: Int

  /// - Parameter iterations: timed runs of each metric, after one to warm up. Each begins without anything shared.
  public init(
    _ path: String, reference: String?, metrics: [any ClipMetric.Type], iterations: Int, threads: Int,
    limits: DecodeLimits = .usual
  ) throws {
    let clip = try VideoReader.read(path, limits: limits),
      other = try reference.map { try VideoReader.read($0, limits: limits) }
    frames = clip.count
    rows = metrics.map { metric in
      var times: [Double] = [], value: Double?
      for i in 0...iterations {
        let start = ContinuousClock.now
        let measured = metric.measure(Evidence(clip, reference: other, threads: threads))
        value = measured.number ?? value
        if i > 0 { times.append(ProgressLine.seconds(ContinuousClock.now - start) * 1000) }
      }
      return Row(metric: metric.name, milliseconds: times.sorted(), value: value)
    }
  }

  public var value: Value {
    [
      "frames": Value(frames),
      "metrics": .object(
        rows.map { row in
          .init(
            row.metric,
            [
              "median_ms": Value(Self.median(row.milliseconds)), "min_ms": Value(row.milliseconds[0]),
              "ms_per_frame": Value(Self.median(row.milliseconds) / Double(frames)), "value": Value(row.value),
            ])
        }),
    ]
  }

  public var text: String {
    rows.map {
      "\($0.metric): \(Text.short(Self.median($0.milliseconds) / Double(frames))) ms a frame (median), \(Text.short($0.milliseconds[0] / Double(frames))) at best"
    }.joined(separator: "\n")
  }

  private static func median(_ sorted: [Double]) -> Double {
    (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
