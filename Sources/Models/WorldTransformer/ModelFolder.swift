import Files
import Foundation
import Nets
import Tensors

/// A diffusers transformer folder: `config.json` and `diffusion_pytorch_model.safetensors`, in one piece or in shards
/// under an index, or a variant of it in another type.
public enum ModelFolder {
  public static let weightsName = "diffusion_pytorch_model.safetensors"

  /// What the weights may be called, the first that is there being meant: diffusers puts a variant's name before the
  /// last part of the name, of an index before its `.json` (and before `.safetensors` in older versions).
  private static let names =
    [weightsName, weightsName + ".index.json"]
    + ["fp32", "bf16", "fp16"].flatMap {
      [
        "diffusion_pytorch_model.\($0).safetensors", "\(weightsName).index.\($0).json",
        "diffusion_pytorch_model.\($0).safetensors.index.json",
      ]
    }

  /// The path of a folder's weights: of the file, of an index, of the only file of weights there is, or of what should
  /// be there when nothing is. A file is its own.
  public static func weights(_ folder: String) -> String {
    guard FileKind(folder) != .regular else { return folder }
    if let known = names.first(where: { Disk.exists(folder + "/" + $0) }) { return folder + "/" + known }
    // What somebody put there under a name of their own, where there is one thing only.
    let others = Disk.names(folder).filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".gguf") }
    return folder + "/" + (others.count == 1 ? others[0] : weightsName)
  }

  /// The configuration and the loaded parameters. - Throws: `Problem` listing every key that does not fit.
  /// - Parameter actions: what the model has more than the folder holds, to be loaded from `ActionEmbedderFolder`.
  public static func open(
    _ folder: String, actions: [ActionInput] = [], on compute: Compute
  ) throws -> (config: WorldTransformerConfig, parameters: Parameters) {
    var config = try config(folder)
    let file = try Safetensors(path: weights(folder))
    // Before room is made for them: a config that asks for a thousand times what is stored must not end in a trap.
    let stored = file.entries.reduce(0) { $0 + $1.count }
    guard config.parameterCount <= 2 * stored + 1_000_000 else {
      throw Problem(
        "config.json describes \(config.parameterCount) parameters, the weights hold \(stored)", at: folder,
        fix: "use the config.json that belongs to these weights")
    }
    config.actions = actions
    let parameters = WorldTransformer.parameters(config, on: compute)
    try parameters.load(file) { ActionEmbedderFolder.holds($0) ? nil : $0 }
    return (config, parameters)
  }

  /// The configuration, and the weights where they lie, to be used or adapted. Names may be diffusers', the original
  /// ones, or those behind ComfyUI's prefix.
  /// - Parameters:
  ///   - place: a folder, or a file (or an index of several). What it is stands in `config.json` beside the weights, as
  ///     diffusers has it; without one its tensors tell, for heads of the family's size.
  ///   - config: what it is, where that is known.
  /// - Throws: `Problem` when it is no checkpoint of the family, or one that cannot be used here.
  public static func frozen(
    _ place: String, as config: WorldTransformerConfig? = nil
  ) throws -> (config: WorldTransformerConfig, weights: FrozenWeights) {
    let isFolder = Disk.isFolder(place), file = try Safetensors(path: weights(place)),
      names = file.entries.map(\.name), parent = (place as NSString).deletingLastPathComponent,
      folder = isFolder ? place : parent.isEmpty ? "." : parent
    if let other = WanNames.foreign(names) {
      throw Problem(
        "this is \(other), which is not supported here", at: file.path,
        expected: "a text-to-video, image-to-video or TI2V transformer", fix: "use the base model it was made from")
    }
    guard let layout = WanNames.layout(of: names) else {
      throw Problem(
        "these are not the weights of a Wan transformer", at: file.path,
        expected: "tensors such as 'scale_shift_table' and 'proj_out.weight', or 'head.modulation'",
        fix: "check the path: transformer, autoencoder and text encoder lie in folders of their own")
    }
    let weights = try FrozenWeights(file) {
      // What takes actions is trained, and read, beside what is frozen.
      WanNames.isIdle($0) || ActionEmbedderFolder.holds($0) ? nil : WanNames.diffusers($0, in: layout) ?? $0
    }
    let told = layout == .diffusers && Disk.exists(folder + "/config.json") ? try Self.config(folder) : nil
    let original = layout == .original ? try OriginalConfig(folder) : nil
    guard config != nil || told != nil || original != nil || file[metadata: "orrery"] == nil else {
      throw Problem(
        "the config.json of these weights is not beside them, and their tensors do not tell the heads", at: file.path,
        expected: "it beside the weights, as they were exported", fix: "name the folder they were exported to")
    }
    return (try config ?? told ?? WorldTransformerConfig(tensors: weights, original), weights)
  }

  public static func config(_ folder: String) throws -> WorldTransformerConfig {
    guard Disk.isFolder(folder) else {
      throw Problem(
        Disk.exists(folder) ? "this is a file" : "there is no such folder", at: folder,
        expected: "a diffusers transformer folder with config.json and \(weightsName)", fix: "check the path")
    }
    let place = folder + "/config.json"
    return try WorldTransformerConfig(json: JSON.parse(Disk.readText(place), at: place), at: place)
  }

  /// Writes both files; each is renamed into place when whole. What takes actions is none of them.
  /// - Returns: SHA-256 of the weights' buffer.
  @discardableResult
  public static func write(
    _ config: WorldTransformerConfig, _ parameters: Parameters, _ flat: Tensor? = nil,
    metadata: [(String, String)] = [], to folder: String
  ) throws -> String {
    try Disk.makeFolder(folder)
    try Disk.write(JSON.pretty(config.json), to: folder + "/config.json")
    return try parameters.write(flat, metadata: metadata, to: folder + "/" + weightsName) {
      ActionEmbedderFolder.holds($0) ? nil : $0
    }
  }
}
