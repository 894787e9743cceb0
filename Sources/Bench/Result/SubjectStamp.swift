import Diffusion
import Files
import Models
import Runs

/// What was benched, which may differ between results that are compared: weights, model, build. Its keys are written
/// and read here alone; a document that was read is kept as it is.
public struct SubjectStamp: Sendable, Equatable {
  public let value: Value

  /// As a file has it.
  public init(_ value: Value) { self.value = value }

  /// Of several models, or of one that is not a checkpoint.
  public static let none = SubjectStamp(.null)

  /// - Parameters:
  ///   - name: of the run or the model folder.
  ///   - weightsHash: SHA-256 of the weights' data buffer.
  ///   - step: of the checkpoint; nil for an exported model.
  ///   - adapters: what was put into the weights.
  ///   - build, instructions: the program and the instruction set that sampled and measured.
  package init(
    name: String, weightsHash: String, weights: WeightsChoice, step: Int?, spec: WorldModel.Spec, build: String,
    instructions: String, adapters: [AppliedAdapter] = []
  ) {
    var value: Value = [
      "name": .string(name), Key.weightsHash: .string(weightsHash), "weights": .string(weights.rawValue),
      "step": step.map { Value($0) } ?? .null,
      "parameters": Value(spec.transformer.parameterCount), "codec": spec.codec.value, Key.model: spec.value,
      "build": .string(build), "instructions": .string(instructions),
    ]
    if !adapters.isEmpty { value.set("adapters", .array(adapters.map(\.value))) }
    self.value = value
  }

  /// Of videos that were made elsewhere. - Parameter hash: of their names and contents.
  package init(films name: String, hash: String, count: Int, build: String, instructions: String) {
    value = [
      "name": .string(name), "videos": Value(count), "videos_sha256": .string(hash), "build": .string(build),
      "instructions": .string(instructions),
    ]
  }

  /// Whether they are videos that were made elsewhere.
  package var isMadeElsewhere: Bool { value["videos_sha256"] != nil }

  private enum Key {
    static let weightsHash = "weights_sha256", model = "model"
  }

  public var weightsHash: String? { value[Key.weightsHash]?.string }

  /// The model's configuration, as it was trained.
  package var model: Value? { value[Key.model] }

  package var withoutModel: Value { value.removing(Key.model) }
}
