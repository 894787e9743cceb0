import Files
import Foundation
import Models
import Tensors

/// What a caller of `perf` chooses: the model that is timed, and on what.
public struct PerfOptions: Sendable {
  public var model: ModelSizes
  /// Latent channels, latent frames and the side of a latent frame.
  public var channels: Int, frames: Int, size: Int
  public var batch: Int
  /// Text tokens, and features of one.
  public var text: Int, textDim: Int
  /// Timed repeats.
  public var iterations: Int
  /// What products multiply; bf16 needs a processor that does.
  public var products: ElementType
  /// Blocks keep only their input and are run again in the backward pass.
  public var recompute: Bool

  public init(
    model: ModelSizes = ModelSizes(dim: 384, heads: 6, layers: 12), channels: Int = 16, frames: Int = 8, size: Int = 16,
    batch: Int = 4, text: Int = 64, textDim: Int = 384, iterations: Int = 5,
    products: ElementType = .f32, recompute: Bool = false
  ) {
    self.model = model
    self.channels = channels
    self.frames = frames
    self.size = size
    self.batch = batch
    self.text = text
    self.textDim = textDim
    self.iterations = iterations
    self.products = products
    self.recompute = recompute
  }

  /// Of one sample, of 1×2×2 patches.
  var tokens: Int { frames * (size / 2) * (size / 2) }

  package func config() throws -> WorldTransformerConfig {
    guard model.heads > 0, model.dim % model.heads == 0 else {
      throw Problem.usage("--dim \(model.dim) is not divisible by --heads \(model.heads)")
    }
    try ModelSizes.section.check(model, at: "perf")
    var config = model.transformer(channels: channels, textDim: textDim)
    (config.products, config.recompute) = (products, recompute)
    try config.check(frames: frames, height: size, width: size, channels: channels, at: "perf")
    return config
  }

  /// The same, when it fits into this machine.
  func fittingConfig(_ work: Perf.Work = .train) throws -> WorldTransformerConfig {
    let config = try config(), bytes = work == .train ? leastBytes(config) : 4 * Double(config.parameterCount)
    guard bytes < Double(ProcessInfo.processInfo.physicalMemory) else {
      throw Problem.usage(
        "this would take about \(Text.short(bytes / 1e9)) GB", expected: "no more than this machine's memory")
    }
    return config
  }

  /// Bytes a training step takes at least: parameters with gradients and moments, and what the blocks keep for the
  /// backward pass.
  func leastBytes(_ config: WorldTransformerConfig) -> Double {
    let tokens = Double(batch * frames * size * size / 4), kept = products.size * (14 * model.dim + 2 * model.ffn)
    let blocks = recompute ? model.layers * 4 * model.dim + kept : model.layers * kept
    return 16 * Double(config.parameterCount) + tokens * Double(blocks)
  }
}
