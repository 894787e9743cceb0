import Nets
import Tensors

extension WorldTransformer {
  /// The weights of an adapted model with the adapters in them: W + s·B·A (its rows as long as DoRA has them), f32, in
  /// an arena of their own. The frozen weights stay as they are, so nothing has to be taken out again.
  public static func merged(_ config: WorldTransformerConfig, _ adapted: Parameters) -> Parameters {
    guard let frozen = adapted.frozen else { return adapted }
    let compute = adapted.values.compute, whole = parameters(config, on: compute)
    for entry in whole.entries {
      guard let to = whole.tensor(entry.name) else { continue }
      // What was added to the frozen model is trained as it is.
      if let own = adapted.tensor(entry.name) {
        to.withElements { to in own.withElements { from in for i in to.indices { to[i] = from[i] } } }
        continue
      }
      let values = frozen.values(entry.name, entry.shape, on: compute)
      to.withElements { to in values.withElements { from in for i in to.indices { to[i] = from[i] } } }
      guard let lora = adapted.lora, entry.name.hasSuffix(".weight") else { continue }
      let layer = String(entry.name.dropLast(7))
      guard let a = adapted.tensor(layer + ".lora_A.weight"), let b = adapted.tensor(layer + ".lora_B.weight") else {
        continue
      }
      let m = adapted.tensor(layer + ".lora_magnitude_vector.weight")?.values
      AdapterMerge.add(a, b, scale: lora.scale, lengths: m, to: to)
    }
    return whole
  }
}
