import Files
import Nets
import Tensors

/// Several adapters over weights that are read where they lie, each with its strength: W + Σ strengthₖ·sₖ·Bₖ·Aₖ. Their
/// ranks stand side by side, so that a layer has one adapter whatever the files are; nothing is merged.
public struct AdapterStack {
  private let files: [(file: AdapterFile, strength: Float)]

  /// - Throws: `Problem` when one is for another model, or cannot stand beside others.
  public init(_ choices: [AdapterChoice], for config: WorldTransformerConfig, on compute: Compute) throws {
    files = try choices.map { (try AdapterFile($0.path, for: config, on: compute), Float($0.strength)) }
    guard files.count > 1, let dora = files.first(where: { $0.file.lora.isDoRA }) else { return }
    throw Problem.usage(
      "a DoRA sets the lengths of whole rows, so it stands beside no other adapter", at: dora.file.path,
      fix: "name it alone")
  }

  /// What fits them all; nil when there is none.
  public var lora: LoRA? {
    guard files.count != 1 else { return files[0].file.lora }
    guard !files.isEmpty else { return nil }
    var lora = LoRA()
    lora.rank = files.reduce(0) { $0 + $1.file.lora.rank }
    lora.targets = Set(files.flatMap { $0.file.layerNames }).sorted()
    return lora
  }

  /// Fills adapters declared with `lora`.
  public func load(into parameters: Parameters) {
    guard files.count > 1 else { return files.forEach { $0.file.load(into: parameters, strength: $0.strength) } }
    var first = 0
    for (file, strength) in files {
      for (name, layer) in file.layers {
        guard let a = parameters.tensor(name + ".lora_A.weight"), let b = parameters.tensor(name + ".lora_B.weight")
        else { preconditionFailure("'\(name)' was not declared as adapted") }
        let inputs = a.shape[1], rank = layer.a.count / inputs, width = b.shape[1]
        a.withElements { to in for i in layer.a.indices { to[first * inputs + i] = layer.a[i] } }
        b.withElements { to in
          for i in layer.b.indices { to[i / rank * width + first + i % rank] = strength * layer.scale * layer.b[i] }
        }
      }
      first += file.lora.rank
    }
  }
}
