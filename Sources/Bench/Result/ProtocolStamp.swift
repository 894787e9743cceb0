import Diffusion
import Files
import Frames
import Measures
import Worlds

/// Under which conditions a bench was measured: what must agree before two results are compared. Its keys are written
/// and read here alone.
///
/// The document is kept as it was read, keys of other versions among it: two results agree only where all of it does.
public struct ProtocolStamp: Sendable, Equatable {
  public let value: Value

  /// As a file has it, or as somebody else's conditions are.
  public init(_ value: Value) { self.value = value }

  /// - Parameter seeds: keys of the sampling noise.
  init(_ suite: Suite, seeds: [Int], _ sampler: SamplerSettings) {
    func names(_ items: [String]) -> Value { .array(items.distinct().map { .string($0) }) }
    let setting = suite.setting
    value = [
      Key.suite: .string(suite.name), "scenarios": names(suite.strata.map(\.scenario.rawValue)),
      Key.cells: names(suite.strata.map { "\($0.scenario)/\($0.cell)" }),
      "count": Value(suite.count), "resolution": .string("\(setting.width)x\(setting.height)"),
      "fps": .string(World.fps.description),
      "frames": Value(setting.frames), "conditioning": Value(World.conditioning),
      "video": .string(BenchVideo.stamp(width: setting.width)),
      "sampling_seeds": .array(seeds.map { Value($0) }), "sampler": sampler.value,
      Key.metrics: .array(BenchJudge.metrics(suite).map { .string("\($0.name)/\($0.version)") }),
      Key.primary: .array(suite.primaries.map { .string($0.name) }),
    ]
  }

  /// Keys that are read again, or hidden.
  private enum Key {
    static let suite = "suite", cells = "cells", metrics = "metrics", primary = "primary"
  }

  /// Names and versions of what was measured, in the order reports show it; "psnr/1" without a version is 1.
  package var metrics: [(name: String, version: Int)] {
    (value[Key.metrics]?.array ?? []).compactMap(\.string).compactMap { text in
      let parts = text.split(separator: "/")
      return parts.first.map { (String($0), parts.count == 2 ? Int(parts[1]) ?? 1 : 1) }
    }
  }

  /// Metrics the suite declared primary; empty where it declared none.
  package var primaries: [String] { (value[Key.primary]?.array ?? []).compactMap(\.string) }

  /// Every plain field, as conditions of a number; the suite first where the document does not say it.
  package func conditions(_ suite: String) -> [MetricProtocol.Condition] {
    let stated = (value.fields ?? []).compactMap { field -> MetricProtocol.Condition? in
      switch field.value {
      case .string(let s): .init(field.key, s)
      case .integer(let i): .init(field.key, String(i))
      default: nil
      }
    }
    return stated.contains { $0.name == Key.suite } ? stated : [.init(Key.suite, suite)] + stated
  }

  /// With the suite the result is of: what two results must agree in.
  package func naming(_ suite: String) -> Value {
    var value = value
    value.set(Key.suite, .string(suite))
    return value
  }

  /// The same as a table has it: the suite the result is of, then the rest.
  package func fields(_ suite: String) -> [Value.Field] {
    [.init(Key.suite, .string(suite))] + ChangedKey.flatten(value).filter { $0.key != Key.suite }
  }

  /// Without the long lists, for a terminal.
  package var brief: Value { value.removing(Key.metrics).removing(Key.cells) }
}
