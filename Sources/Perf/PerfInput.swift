import Models
import Nets
import Tensors

/// A model with random weights and a random batch: what `perf` times.
package struct PerfInput {
  package let config: WorldTransformerConfig
  package let parameters: Parameters
  private let x: Tensor, target: Tensor, timesteps: Tensor, text: Tensor, one: Tensor

  package init(_ options: PerfOptions, _ config: WorldTransformerConfig, on compute: Compute) {
    func normals(_ shape: Shape, _ lane: Int) -> Tensor {
      let t = Tensor(undefined: shape, on: compute)
      Random(seed: 1, lane: lane).fillNormal(t, .noise)
      return t
    }
    self.config = config
    parameters = WorldTransformer.parameters(config, on: compute)
    parameters.initialise(seed: 0)
    let shape: Shape = [options.batch, options.frames, options.size, options.size, options.channels]
    (x, target, text) = (
      normals(shape, 0), normals(shape, 1), normals([options.batch, options.text, options.textDim], 2)
    )
    timesteps = Tensor(
      (0..<options.batch).map { Float(1000 * Random(seed: 2).uniform($0, .level)) }, [options.batch, 1], on: compute)
    one = Tensor([1], [1], on: compute)
  }

  /// The prediction, without a record.
  package func forward() -> Tensor { WorldTransformer(config, parameters)(x, timesteps: timesteps, text: text) }

  /// The mean squared error, recorded on `tape`.
  package func loss(_ tape: Tape, into gradients: Gradients) -> Tensor {
    let model = WorldTransformer(config, parameters, recording: tape, into: gradients)
    return WeightedMSE()(model(x, timesteps: timesteps, text: text), target, one)
  }
}
