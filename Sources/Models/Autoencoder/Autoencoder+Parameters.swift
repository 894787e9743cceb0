import Files
import Nets
import Tensors

/// The one place where an autoencoder comes from its configuration and numbers.
extension Autoencoder {
  /// Parameters to be trained: all zero, until they are initialised or loaded.
  public static func parameters(_ config: AutoencoderConfig, on compute: Compute) -> Parameters {
    Parameters(on: compute) { _ = Autoencoder(config, $0) }
  }

  /// Nothing to be trained over weights that stay where they lie.
  /// - Throws: `Problem` listing every weight that does not fit.
  public static func parameters(
    _ config: AutoencoderConfig, over frozen: FrozenWeights, on compute: Compute
  ) throws -> Parameters {
    try Parameters(on: compute, over: frozen, nil) { _ = Autoencoder(config, $0) }
  }

  public static func shapes(_ config: AutoencoderConfig, on compute: Compute) -> [(name: String, shape: Shape)] {
    Parameters.shapes(on: compute) { _ = Autoencoder(config, $0) }
  }

  /// To be used, not trained.
  public init(_ config: AutoencoderConfig, _ parameters: Parameters) { self.init(config, parameters.scope()) }

  /// To be trained: when `tape` goes back, gradients are added to `gradients`.
  public init(
    _ config: AutoencoderConfig, _ parameters: Parameters, recording tape: Tape, into gradients: Gradients
  ) {
    self.init(config, parameters.scope(tape, into: gradients))
  }
}

extension AutoencoderConfig {
  /// ln σ² that latents begin with. Otherwise they begin as noise of size one with hardly a signal in it.
  private static let firstLogVariance: Float = -6

  /// Lets latents begin with little noise. - Parameter parameters: initialised.
  public func quieten(_ parameters: Parameters) {
    guard let bias = parameters.tensor("quant_conv.bias") else { return }
    for i in zDim..<2 * zDim { bias.pointer[i] = Self.firstLogVariance }
  }

  /// Writes the folder that diffusers' `AutoencoderKLWan` reads; each file is renamed into place when whole.
  /// - Returns: SHA-256 of the weights' buffer.
  @discardableResult
  public func write(
    _ parameters: Parameters, _ flat: Tensor? = nil, metadata: [(String, String)] = [], to folder: String
  ) throws -> String {
    try Disk.makeFolder(folder)
    try Disk.write(JSON.pretty(json), to: folder + "/config.json")
    return try parameters.write(flat, metadata: metadata, to: folder + "/" + ModelFolder.weightsName)
  }
}
