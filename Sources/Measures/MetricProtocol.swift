import Files
import Frames

/// Under what conditions a number was measured. Two numbers may be compared only when these agree.
public struct MetricProtocol: Sendable, Equatable, CustomStringConvertible {
  /// "luma_flicker_d2".
  public var metric: String
  public var version: Int
  /// Everything else in a fixed order: resolution, fps, frames, suite, …
  public var conditions: [Condition]

  public struct Condition: Sendable, Equatable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  public init(_ metric: String, version: Int = 1, _ conditions: [Condition] = []) {
    (self.metric, self.version, self.conditions) = (metric, version, conditions)
  }

  /// Resolution, rate and length of the clip measured.
  public init(_ metric: String, version: Int = 1, of frames: Frames) {
    self.init(
      metric, version: version,
      [
        Condition("resolution", "\(frames.width)x\(frames.height)"), Condition("fps", frames.fps.description),
        Condition("frames", String(frames.count)),
      ])
  }

  public func adding(_ name: String, _ value: String) -> MetricProtocol {
    MetricProtocol(metric, version: version, conditions + [Condition(name, value)])
  }

  /// The same with another value for the condition `name`.
  public func replacing(_ name: String, _ value: String) -> MetricProtocol {
    MetricProtocol(metric, version: version, conditions.map { $0.name == name ? Condition(name, value) : $0 })
  }

  /// "luma_flicker_d2/1 resolution=64x64 fps=10/1 frames=16".
  public var description: String {
    (["\(metric)/\(version)"] + conditions.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }

  public var value: Value {
    .object(
      [.init("metric", .string(metric)), .init("version", Value(version))]
        + conditions.map { .init($0.name, .string($0.value)) })
  }
}
