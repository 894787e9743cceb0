import Diffusion
import Files
import Frames
import Measures

/// Under which conditions a bench was measured: what must agree before two results are compared. Its keys are written
/// and read here alone.
///
/// The document is kept as it was read, keys of other versions among it: two results agree only where all of it does.
public struct ProtocolStamp: Sendable, Equatable {
  public let value: Value

  /// As a file has it, or as somebody else's conditions are.
  public init(_ value: Value) { self.value = value }

  /// - Parameters:
  ///   - seeds: keys of the sampling noise.
  ///   - sampler: nil where the answers were made elsewhere.
  init(_ asked: any BenchQuestions, seeds: [Int], _ sampler: SamplerSettings?) {
    let rest: Value = [
      "count": Value(asked.count), "resolution": .string("\(asked.width)x\(asked.height)"),
      "fps": .string(asked.fps.description),
      "frames": Value(asked.frames), "conditioning": Value(asked.given),
      "video": .string(BenchVideo.stamp(width: asked.width)),
      Key.seeds: .array(seeds.map { Value($0) }), Key.sampler: sampler?.value ?? .string(Self.elsewhere),
      Key.metrics: .array(asked.metrics.map { .string("\($0.name)/\($0.version)") }),
      Key.primary: .array(asked.primaries.map { .string($0.name) }),
    ]
    value = .object([.init(Key.suite, .string(asked.name))] + asked.scope + (rest.fields ?? []))
  }

  /// The key of the list of cells, which terminals leave out.
  static var cellsKey: String { Key.cells }

  /// Keys that are read again, or hidden.
  private enum Key {
    static let suite = "suite", cells = "cells", metrics = "metrics", primary = "primary", sampler = "sampler",
      seeds = "sampling_seeds"
  }

  private static let elsewhere = "made elsewhere"

  /// Whether nobody here knows how the clips were sampled.
  package var isMadeElsewhere: Bool { value[Key.sampler] == .string(Self.elsewhere) }

  /// Without how clips were sampled: what must agree with a result whose clips were made elsewhere.
  package var withoutSampling: ProtocolStamp { ProtocolStamp(value.removing(Key.sampler).removing(Key.seeds)) }

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
