import Diffusion
import Files
import Foundation
import Ledger
import Models
import Nets

/// An adapter that was put into a model's weights, and what is on record of it.
public struct AppliedAdapter: Sendable {
  public let file: String
  public let strength: Double
  /// SHA-256 of its data buffer.
  public let hash: String
  /// What its numbers were made from.
  package let origin: LedgerBase

  /// What is on record of adapters, for who applies them without merging.
  /// - Throws: `Problem` when one cannot be read.
  package static func found(
    _ choices: [AdapterChoice], runs: RunsFolder, home: HomeFolder? = .own
  ) throws -> [AppliedAdapter] {
    try choices.map { choice in
      let path = AdapterFile.file(choice.path)
      return AppliedAdapter(
        file: path, strength: choice.strength, hash: try Safetensors(path: path).bufferHash,
        origin: try WeightsOrigin.find(path, runs: runs, home: home))
    }
  }

  /// Puts adapters into the weights of a model, which are changed: one that adapts weights read elsewhere is merged
  /// first.
  /// - Returns: the model, and each adapter as it was found.
  /// - Throws: `Problem` when one is for another model, or cannot stand beside others.
  static func apply(
    _ choices: [AdapterChoice], to model: WorldModel, runs: RunsFolder, home: HomeFolder?
  ) throws -> (model: WorldModel, adapters: [AppliedAdapter]) {
    let config = model.spec.transformer, compute = model.compute
    let files = try choices.map { try AdapterFile($0.path, for: config, on: compute) }
    if files.count > 1, let dora = files.first(where: { $0.lora.isDoRA }) {
      throw Problem.usage(
        "a DoRA sets the lengths of whole rows, so it stands beside no other adapter", at: dora.path,
        fix: "name it alone")
    }
    let parameters = WorldTransformer.merged(config, model.parameters)
    let adapters = try zip(files, choices).map { file, choice in
      file.merge(into: parameters, strength: Float(choice.strength))
      return AppliedAdapter(
        file: file.path, strength: choice.strength, hash: try Safetensors(path: file.path).bufferHash,
        origin: try WeightsOrigin.find(file.path, runs: runs, home: home))
    }
    return (WorldModel(model.spec, parameters, model.coder, model.captions, model.pictures), adapters)
  }

  /// For a terminal.
  public var text: String {
    let whose =
      switch origin.origin {
      case .ledger: "of the run \(origin.run?.prefix(8) ?? "")"
      case .header: "by its own word of the run \(origin.run?.prefix(8) ?? "")"
      case .unknown: "of unknown origin"
      }
    return "the adapter \(file) (\(hash.prefix(12))…) counts \(Text.short(strength)); it is \(whose)"
  }

  public var value: Value {
    [
      "file": .string((file as NSString).lastPathComponent), "strength": .number(strength), "sha256": .string(hash),
      "origin": .string(origin.origin.rawValue), "run": origin.run.map { .string($0) } ?? .null,
    ]
  }
}
