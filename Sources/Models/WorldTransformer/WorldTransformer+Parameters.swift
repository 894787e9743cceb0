import Nets
import Tensors

/// The one place where a model comes from its configuration and numbers.
extension WorldTransformer {
  /// The parameters of a model of this architecture: all zero, until they are initialised or loaded.
  public static func parameters(_ config: WorldTransformerConfig, on compute: Compute) -> Parameters {
    Parameters(on: compute) { _ = WorldTransformer(config, $0) }
  }

  /// A model to be used, not trained.
  public init(_ config: WorldTransformerConfig, _ parameters: Parameters) {
    self.init(config, parameters.scope())
  }

  /// A model whose forward pass is recorded: when `tape` goes back, gradients are added to `gradients`.
  public init(
    _ config: WorldTransformerConfig, _ parameters: Parameters, recording tape: Tape, into gradients: Gradients
  ) {
    self.init(config, parameters.scope(tape, into: gradients))
  }
}
