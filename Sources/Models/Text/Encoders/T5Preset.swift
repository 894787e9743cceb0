import Files
import Tensors

/// Published shapes of text encoders, for trials and timings without anybody's weights.
public enum T5Preset: String, CaseIterable, Sendable {
  case umt5 = "umt5-xxl"

  public var config: T5Config { T5Config() }

  /// Rows of the vocabulary that get numbers; the others are zero, as nothing reads them.
  private static let rows = 4096

  /// Writes `config.json` and bf16 weights of so many layers. - Throws: `Problem` when the folder cannot be written.
  public func write(
    layers: Int, to folder: String, on compute: Compute, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    var config = config
    config.layers = layers
    try Disk.makeFolder(folder)
    let shapes = T5Encoder.shapes(config, on: compute)
    try RandomCheckpoint.write(
      shapes, as: .BF16, seed: 0, to: folder + "/model.safetensors", on: compute,
      drawn: { $0 == "shared.weight" ? Self.rows * config.dim : nil }, progress: progress)
    let json: Value = [
      "model_type": "umt5", "vocab_size": Value(config.vocabulary), "d_model": Value(config.dim),
      "d_kv": Value(config.inner / config.heads), "d_ff": Value(config.ffn), "num_heads": Value(config.heads),
      "num_layers": Value(layers), "feed_forward_proj": "gated-gelu", "layer_norm_epsilon": 1e-6,
      "relative_attention_num_buckets": Value(config.distances.buckets),
      "relative_attention_max_distance": Value(config.distances.far),
    ]
    try Disk.write(JSON.pretty(json), to: folder + "/config.json")
  }

  /// Numbers of a text of so many tokens.
  public func tokens(_ count: Int) -> [Int] { (0..<count).map { 3 + ($0 * 7919) % (Self.rows - 3) } }
}
