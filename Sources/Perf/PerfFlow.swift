import Files
import Foundation
import Measures

/// `orrery perf flow`: how long dense flow takes there and back over a clip, how far it is from the exact flow, and
/// what every clip metric costs on that clip. The clip is drawn with motion that is known exactly (`MovingTexture`).
public struct PerfFlow: Sendable {
  public var scene: String, width: Int, height: Int, frames: Int
  /// Timed repeats.
  public var repeats: Int, threads: Int
  /// Whether to time every metric of the catalogue too.
  public var metrics: Bool

  /// - Throws: `Problem` for a scene there is not or sizes that cannot be.
  public init(scene: String, width: Int, height: Int, frames: Int, repeats: Int, threads: Int, metrics: Bool) throws {
    guard MovingTexture.names.contains(scene) else {
      throw Problem.usage(
        "there is no scene '\(scene)'", at: "--scene", expected: MovingTexture.names.joined(separator: ", "))
    }
    guard (16...4096).contains(width), (16...4096).contains(height), (2...1000).contains(frames),
      (1...1000).contains(repeats)
    else {
      throw Problem.usage(
        "an option is out of range", expected: "--size 16 to 4096, --frames 2 to 1000, --iters 1 to 1000")
    }
    self.scene = scene
    self.width = width
    self.height = height
    self.frames = frames
    self.repeats = repeats
    self.threads = threads
    self.metrics = metrics
  }

  public struct Result: Sendable { public let value: Value; public let text: String }

  public func run(_ console: Console) throws -> Result {
    let drawn = MovingTexture.named(scene, width: width, height: height)!, clip = drawn.frames(frames),
      truth = drawn.truth(frames)
    let pairs = (0..<frames - 1).map { ($0, $0 + 1) }
    var times: [Double] = [], error = 0.0
    let progress = console.progress("flow over \(frames) frames of \(width)x\(height)", total: repeats)
    for i in 0..<repeats {
      let clock = ContinuousClock.now
      let fields = FlowPairs.each(clip, pairs, threads: threads) { _, forward, _ in forward }
      // Two fields a pair.
      times.append(1000 * ProgressLine.seconds(ContinuousClock.now - clock) / Double(2 * pairs.count))
      let errors = fields.enumerated().compactMap { t, field in
        field.endPointError(to: FlowField(width: width, height: height, truth.flow[t]), where: truth.known[t])
      }
      error = errors.reduce(0, +) / Double(errors.count)
      progress.update(i + 1)
    }
    times.sort()
    let flicker = milliseconds { _ = VBenchTemporalFlickering.value(clip) }
    var costs: [(String, Double)] = []
    if metrics {
      // Each begins without what metrics share, or the later ones would look free.
      costs = ClipMetrics.all.map { metric in
        (
          metric.name,
          milliseconds { _ = metric.measure(Evidence(clip, reference: clip, scene: truth, threads: threads)) }
        )
      }
    }
    let value: Value = [
      "scene": .string(scene), "width": Value(width), "height": Value(height), "frames": Value(frames),
      "threads": Value(threads),
      "flow_median_ms": .number(times[times.count / 2]), "flow_min_ms": .number(times[0]),
      "end_point_error_px": .number(error),
      "vbench_temporal_flickering_ms": .number(flicker),
      "metrics_ms": .object(costs.map { .init($0.0, .number($0.1)) }),
    ]
    var text =
      "\(scene) \(width)x\(height), \(threads) threads: \(Text.short(times[times.count / 2])) ms a flow field, end-point error \(Text.short(error)) px"
    for (name, cost) in costs { text += "\n  \(name): \(Text.short(cost)) ms" }
    return Result(value: value, text: text)
  }

  private func milliseconds(_ body: () -> Void) -> Double {
    let clock = ContinuousClock.now
    body()
    return 1000 * ProgressLine.seconds(ContinuousClock.now - clock)
  }
}
