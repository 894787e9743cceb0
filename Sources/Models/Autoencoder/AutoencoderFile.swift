import Files
import Foundation
import Nets
import Tensors

/// An autoencoder as others publish it, opened once: what it is, and its weights where they lie. diffusers' folder
/// (`vae/` of a pipeline), or a single file with original or diffusers' names.
public struct AutoencoderFile {
  public let config: AutoencoderConfig, weights: FrozenWeights

  /// - Parameter place: a folder with `diffusion_pytorch_model.safetensors`, in one piece or in shards; a pipeline's
  ///   folder with `vae/`; or a file. config.json beside it says what it is; without, its tensors do.
  /// - Throws: `Problem` when it is no autoencoder of the family.
  public init(_ place: String) throws {
    let folder = Self.folder(place)
    guard Disk.exists(ModelFolder.weights(folder)) || !Disk.exists(place + "/run.json") else {
      throw Problem(
        "the run has left no autoencoder", at: place, expected: "one that trained an autoencoder to its last step",
        fix: "train it to its end: what normalises its latents is measured there")
    }
    let file = try Safetensors(path: ModelFolder.weights(folder)), names = file.entries.map(\.name)
    guard let layout = AutoencoderNames.layout(of: names) else {
      throw Problem(
        "these are not the weights of a Wan autoencoder", at: file.path,
        expected: "tensors such as 'decoder.mid_block.resnets.0.norm1.gamma', or 'decoder.middle.0.residual.0.gamma'",
        fix: "check the path: transformer, autoencoder and text encoder lie in folders of their own")
    }
    let length = AutoencoderNames.levelLength(names)
    weights = try FrozenWeights(file) {
      layout == .diffusers ? $0 : AutoencoderNames.diffusers($0, levelLength: length) ?? $0
    }
    let parent = (folder as NSString).deletingLastPathComponent,
      beside = (Disk.isFolder(folder) ? folder : parent.isEmpty ? "." : parent) + "/config.json"
    // Beside a single file may lie the config.json of something else.
    var json: Value?
    if Disk.exists(beside) { json = try JSON.parse(Disk.readText(beside), at: beside) }
    guard let json, Disk.isFolder(folder) || json["_class_name"]?.string == "AutoencoderKLWan" else {
      config = try AutoencoderConfig(tensors: weights)
      return
    }
    config = try AutoencoderConfig(json: json, at: beside)
  }

  /// Where the weights of a place lie: in `vae/` of a pipeline or a run, or there.
  package static func folder(_ place: String) -> String { Disk.isFolder(place + "/vae") ? place + "/vae" : place }

  /// SHA-256 over its configuration, what normalises its latents among it, and its weights. Reads all of them.
  public var identity: String { Hashing.sha256(JSON.line(config.json) + "\n" + weights.bufferHash) }

  /// To be used. - Parameter products: what products are made of.
  /// - Throws: `Problem` listing every weight that does not fit.
  public func model(products: ElementType = .f32, on compute: Compute) throws -> Autoencoder {
    var config = config
    config.products = products
    return Autoencoder(config, try Autoencoder.parameters(config, over: weights, on: compute))
  }
}
