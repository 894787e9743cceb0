import Nets
import Tensors

/// The one place where a model comes from its configuration and numbers.
extension WorldTransformer {
  /// The parameters of a model of this architecture: all zero, until they are initialised or loaded.
  public static func parameters(_ config: WorldTransformerConfig, on compute: Compute) -> Parameters {
    Parameters(on: compute) { _ = WorldTransformer(config, $0) }
  }

  /// What is trained beside weights that stay as they are: the adapters `lora` asks for, or nothing.
  /// - Throws: `Problem` listing every weight that does not fit.
  public static func parameters(
    _ config: WorldTransformerConfig, over frozen: FrozenWeights, _ lora: LoRA?, on compute: Compute
  ) throws -> Parameters {
    try Parameters(on: compute, over: frozen, lora) { _ = WorldTransformer(config, $0) }
  }

  /// Names and shapes of all weights, in order of declaration.
  public static func shapes(_ config: WorldTransformerConfig, on compute: Compute) -> [(name: String, shape: Shape)] {
    Parameters.shapes(on: compute) { _ = WorldTransformer(config, $0) }
  }

  /// Has weights that are only read fetched block by block, where they lie.
  public static func stream(_ frozen: FrozenWeights, _ config: WorldTransformerConfig) {
    frozen.streamBlocks((0..<config.layers).map { "blocks.\($0)." })
  }

  /// A model to be used, not trained.
  public init(_ config: WorldTransformerConfig, _ parameters: Parameters) {
    self.init(config, parameters.scope())
  }

  /// A model whose forward pass is recorded: when `tape` goes back, gradients are added to `gradients`.
  /// - Parameter random: what adapters' dropout draws from; nil: nothing is left out.
  public init(
    _ config: WorldTransformerConfig, _ parameters: Parameters, recording tape: Tape, into gradients: Gradients,
    dropout random: Random? = nil
  ) {
    self.init(config, parameters.scope(tape, into: gradients, dropout: random))
  }
}
