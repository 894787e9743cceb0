import Models
import Nets
import Tensors

/// A model with random weights and a random batch: what `perf` times.
package struct PerfInput {
  package let config: WorldTransformerConfig
  package let parameters: Parameters
  private let x: Tensor, target: Tensor, timesteps: Tensor, text: Tensor, one: Tensor

  package init(_ perf: Perf, _ config: WorldTransformerConfig, on compute: Compute) {
    func normals(_ shape: Shape, _ lane: Int) -> Tensor {
      let t = Tensor(undefined: shape, on: compute)
      Random(seed: 1, lane: lane).fillNormal(t, .noise)
      return t
    }
    self.config = config
    parameters = Parameters(on: compute) { _ = WorldTransformer(config, $0) }
    parameters.initialise(seed: 0)
    let shape: Shape = [perf.batch, perf.frames, perf.size, perf.size, perf.channels]
    (x, target, text) = (normals(shape, 0), normals(shape, 1), normals([perf.batch, perf.text, perf.textDim], 2))
    timesteps = Tensor(
      (0..<perf.batch).map { Float(1000 * Random(seed: 2).uniform($0, .level)) }, [perf.batch, 1], on: compute)
    one = Tensor([1], [1], on: compute)
  }

  package func forward(_ scope: Scope) -> Tensor {
    WorldTransformer(config, scope)(x, timesteps: timesteps, text: text)
  }

  /// The mean squared error, recorded on `tape`.
  package func loss(_ tape: Tape) -> Tensor { WeightedMSE()(forward(parameters.scope(tape: tape)), target, one) }
}
