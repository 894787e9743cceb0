import Files
import Foundation

/// Where the weights are that somebody names: a file, a folder of a model, of a text encoder, of an adapter, or a whole
/// pipeline's.
public enum CheckpointFolder {
  /// Parts of a pipeline that hold weights, in the order they are shown.
  private static let parts = ["transformer", "transformer_2", "vae", "text_encoder", "image_encoder"]
  private static let names = [
    "model.safetensors", "model.safetensors.index.json", "model.fp16.safetensors", "adapter_model.safetensors",
    "pytorch_lora_weights.safetensors",
  ]

  /// The parts of a pipeline or an original folder of two experts, or the place itself.
  public static func parts(of place: String) -> [String] {
    guard Disk.isFolder(place) else { return [place] }
    let experts = ["high_noise_model", "low_noise_model"].filter { Disk.isFolder(place + "/" + $0) }
    if !experts.isEmpty { return experts.map { place + "/" + $0 } }
    let own = parts.filter { Disk.isFolder(place + "/" + $0) && Disk.exists(weights(place + "/" + $0)) }
    return own.isEmpty ? [place] : own.map { place + "/" + $0 }
  }

  /// The file, or the index of several.
  public static func weights(_ place: String) -> String {
    guard Disk.isFolder(place) else { return place }
    let model = ModelFolder.weights(place)
    if Disk.exists(model) { return model }
    return names.map { place + "/" + $0 }.first(where: Disk.exists) ?? model
  }
}
