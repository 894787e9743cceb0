import Nets
import Tensors

extension WorldTransformer {
  /// The weights of an adapted model with the adapters in them: W + s·B·A, f32, in an arena of their own. The frozen
  /// weights stay as they are, so nothing has to be taken out again.
  public static func merged(_ config: WorldTransformerConfig, _ adapted: Parameters) -> Parameters {
    guard let frozen = adapted.frozen else { return adapted }
    let compute = adapted.values.compute, whole = parameters(config, on: compute)
    for entry in whole.entries {
      guard let to = whole.tensor(entry.name) else { continue }
      let values = frozen.values(entry.name, entry.shape, on: compute)
      to.withElements { to in values.withElements { from in for i in to.indices { to[i] = from[i] } } }
      guard let lora = adapted.lora, entry.name.hasSuffix(".weight") else { continue }
      let layer = String(entry.name.dropLast(7))
      guard let a = adapted.tensor(layer + ".lora_A.weight"), let b = adapted.tensor(layer + ".lora_B.weight") else {
        continue
      }
      // B·A as a product with Aᵀ's rows: [out,r] · [r,in].
      let turned = Tensor(undefined: [a.shape[1], a.shape[0]], on: compute), (rank, inputs) = (a.shape[0], a.shape[1])
      a.withElements { a in
        turned.withElements { t in for r in 0..<rank { for i in 0..<inputs { t[i * rank + r] = a[r * inputs + i] } } }
      }
      to.scaleAndAdd(1, lora.scale, Linear()(b, turned, Tensor(zeros: [inputs], on: compute)))
    }
    return whole
  }
}
