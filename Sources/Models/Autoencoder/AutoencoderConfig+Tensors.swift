import Files
import Nets

/// What an autoencoder without a config.json is, by the shapes of its tensors: one of the family's, of any width.
extension AutoencoderConfig {
  /// - Throws: `Problem` naming what does not fit the family.
  public init(tensors weights: FrozenWeights) throws {
    func shape(_ name: String, _ rank: Int) throws -> [Int] {
      try weights.shape(name, rank: rank, of: "a Wan autoencoder")
    }
    let input = try shape("encoder.conv_in.weight", 5), output = try shape("decoder.conv_out.weight", 5),
      latent = try shape("post_quant_conv.weight", 5)
    let nested = AutoencoderNames.isNested(weights.names)
    let preset = nested ? Preset.wan22 : .wan21
    var config = preset.config
    (config.baseDim, config.zDim) = (input[0], latent[0])
    (config.inChannels, config.outChannels) = (input[1], output[0])
    config.decoderBaseDim = nested || output[1] != input[0] ? output[1] : nil
    let squares = input[1] / 3, side = Int(Double(squares).squareRoot().rounded())
    guard input[1] == 3 * side * side, output[0] == input[1] else {
      throw Problem(
        "it takes \(input[1]) channels and gives \(output[0])", at: weights.path,
        expected: "colour pictures, or squares of their pixels", fix: "put its config.json beside it")
    }
    config.patchSize = side > 1 ? side : nil
    guard config.zDim == preset.config.zDim else {
      throw Problem(
        "latents of \(config.zDim) channels are none of a published model's, so what normalises them is unknown",
        at: weights.path, expected: "config.json with latents_mean and latents_std beside the weights",
        fix: "put its config.json beside it")
    }
    self = config
  }
}
