import Nets
import Tensors

/// An adapter in the weights themselves.
enum AdapterMerge {
  /// W ← W + s·B·A, and its rows as long as `lengths` has them, where a DoRA does.
  /// - Parameters:
  ///   - a, b: [r,in] and [out,r].
  ///   - weight: [out,in], f32, written in place.
  static func add(_ a: Tensor, _ b: Tensor, scale: Float, lengths: [Float]?, to weight: Tensor) {
    let compute = weight.compute, (rank, inputs) = (a.shape[0], a.shape[1])
    // B·A as a product with Aᵀ's rows: [out,r] · [r,in].
    let turned = Tensor(undefined: [inputs, rank], on: compute)
    a.withElements { a in
      turned.withElements { t in for r in 0..<rank { for i in 0..<inputs { t[i * rank + r] = a[r * inputs + i] } } }
    }
    weight.scaleAndAdd(1, scale, Linear()(b, turned, Tensor(zeros: [inputs], on: compute)))
    guard let lengths else { return }
    weight.withElements { w in
      for (row, length) in lengths.enumerated() {
        let own = row * inputs..<(row + 1) * inputs,
          norm = own.reduce(0.0) { $0 + Double(w[$1]) * Double(w[$1]) }.squareRoot()
        let gain = norm > 0 ? Float(Double(length) / norm) : 0
        for i in own { w[i] *= gain }
      }
    }
  }
}

extension AdapterFile {
  /// Puts it into weights that are copies: W + strength·s·B·A, with a DoRA's lengths.
  public func merge(into parameters: Parameters, strength: Float = 1) {
    for (name, layer) in layers.sorted(by: { $0.key < $1.key }) {
      guard let weight = parameters.tensor(name + ".weight") else {
        preconditionFailure("'\(name)' is no layer of this model")
      }
      let inputs = weight.shape[1], rank = layer.a.count / inputs, compute = weight.compute
      AdapterMerge.add(
        Tensor(layer.a, [rank, inputs], on: compute), Tensor(layer.b, [weight.shape[0], rank], on: compute),
        scale: strength * layer.scale, lengths: layer.magnitude, to: weight)
    }
  }
}
