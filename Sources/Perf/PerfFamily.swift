import Files
import Foundation
import Models
import Nets
import Runs
import Tensors

/// `orrery perf train|forward --like SHAPE`: a step or a pass of a published shape over random weights that are read
/// where they lie, as a fine-tuning of a real checkpoint does it.
public struct PerfFamily {
  public let preset: WanPreset
  /// The adapter that is trained; nil for a forward pass, and where all weights are.
  public let lora: LoRA?
  /// Whether all weights are trained, with these moments.
  public let full: AdamW.MomentType?
  /// Latent frames, and the side of a latent frame.
  public let frames: Int, size: Int
  public let batch: Int, iterations: Int
  public let products: ElementType
  public let recompute: Bool
  /// Whether the weights are fetched block by block.
  public let streams: Bool
  /// Where the random checkpoint is kept.
  public let folder: String

  public init(
    _ preset: WanPreset, lora: LoRA?, full: AdamW.MomentType? = nil, frames: Int, size: Int, batch: Int,
    iterations: Int, products: ElementType,
    recompute: Bool, streams: Bool = false, folder: String
  ) {
    (self.preset, self.lora, self.full, self.frames, self.size, self.batch) = (preset, lora, full, frames, size, batch)
    (self.iterations, self.products, self.folder) = (iterations, products, folder)
    (self.recompute, self.streams) = (recompute || streams, streams)
  }

  public func run(on compute: Compute, _ console: Console) throws -> Perf.Result {
    try make(compute, console)
    let (config, parameters) = try open(compute)
    try config.check(frames: frames, height: size, width: size, channels: config.inChannels, at: "perf")
    let shape: Shape = [batch, frames, size, size, config.inChannels], x = Tensor(undefined: shape, on: compute)
    Random(seed: 2).fillNormal(x, .sample)
    let target = Tensor(undefined: [batch, frames, size, size, config.outChannels], on: compute)
    Random(seed: 3).fillNormal(target, .sample)
    let text = Tensor(undefined: [batch, WanPreset.textTokens, config.textDim], on: compute)
    Random(seed: 4).fillNormal(text, .sample)
    let image = config.imageDim.map { features in
      let x = Tensor(undefined: [batch, preset.imageTokens ?? 0, features], on: compute)
      Random(seed: 5).fillNormal(x, .sample)
      return x
    }
    let times = Tensor([Float](repeating: 500, count: batch), [batch, 1], on: compute)
    let seconds =
      lora == nil && full == nil
      ? try measure(console) { _ = WorldTransformer(config, parameters)(x, timesteps: times, text: text, image: image) }
      : try train(config, parameters, x, times, text, image, target, console)
    return result(config, parameters, seconds, compute)
  }

  /// Its weights, copied where all are trained, and else read where they lie.
  private func open(_ compute: Compute) throws -> (WorldTransformerConfig, Parameters) {
    guard full == nil else {
      var (config, parameters) = try ModelFolder.open(folder, on: compute)
      (config.products, config.recompute) = (products, recompute)
      return (config, parameters)
    }
    var (config, weights) = try ModelFolder.frozen(folder)
    (config.products, config.recompute) = (products, recompute)
    if streams { WorldTransformer.stream(weights, config) }
    let parameters = try WorldTransformer.parameters(config, over: weights, lora, on: compute)
    parameters.initialise(seed: 1)
    return (config, parameters)
  }

  /// Writes the random checkpoint, once.
  private func make(_ compute: Compute, _ console: Console) throws {
    guard !Disk.exists(folder + "/config.json") else { return }
    let progress = console.progress("making \(preset.rawValue) with random weights", total: 1)
    try RandomCheckpoint.write(preset.config, seed: 0, to: folder, on: compute) { done, all in
      progress.update(done == all ? 1 : 0, "\(done) of \(all) tensors")
    }
  }

  private func train(
    _ config: WorldTransformerConfig, _ parameters: Parameters, _ x: Tensor, _ times: Tensor, _ text: Tensor,
    _ image: Tensor?, _ target: Tensor, _ console: Console
  ) throws -> [Double] {
    var settings = AdamW.Settings()
    settings.moments = full ?? .f32
    let gradients = Gradients(of: parameters), optimizer = AdamW(parameters, settings)
    let weight = Tensor([Float](repeating: 1 / Float(batch), count: batch), [batch], on: x.compute)
    return try measure(console) {
      let tape = Tape()
      gradients.clear()
      let y = WorldTransformer(config, parameters, recording: tape, into: gradients)(
        x, timesteps: times, text: text, image: image)
      tape.backward(WeightedMSE()(y, target, weight))
      gradients.finish()
      optimizer.step(parameters, gradients, rate: 1e-4, clip: 1)
    }
  }

  /// Seconds of each repeat, after one to warm up.
  private func measure(_ console: Console, _ body: () throws -> Void) throws -> [Double] {
    let progress = console.progress("timing \(preset.rawValue)", total: iterations + 1)
    var seconds: [Double] = []
    for i in 0...iterations {
      let clock = ContinuousClock.now
      try body()
      if i > 0 { seconds.append(ProgressLine.seconds(ContinuousClock.now - clock)) }
      progress.update(i + 1)
    }
    return seconds.sorted()
  }

  private func result(
    _ config: WorldTransformerConfig, _ parameters: Parameters, _ seconds: [Double], _ compute: Compute
  ) -> Perf.Result {
    let median = seconds[seconds.count / 2], tokens = frames * (size / 2) * (size / 2)
    let
      flops = config.forwardFLOPs(
        batch: batch, tokens: tokens, text: WanPreset.textTokens, image: preset.imageTokens ?? 0),
      work = lora == nil && full == nil ? "forward" : "train"
    let value: Value = [
      "work": .string(work), "like": .string(preset.rawValue), "lora": lora.map { Value($0.rank) } ?? .null,
      "moments": full.map { .string($0.rawValue) } ?? .null,
      "trained": Value(parameters.count), "parameters": Value(config.parameterCount), "tokens": Value(tokens),
      "batch": Value(batch), "dtype": .string(compute.products(products).rawValue), "recompute": .bool(recompute),
      "stream": .bool(streams),
      "median_ms": .number(1e3 * median), "min_ms": .number(1e3 * seconds[0]),
      "max_ms": .number(1e3 * seconds[seconds.count - 1]), "forward_tflop": .number(flops / 1e12),
      "peak_bytes": Value(Footprint.peakBytes), "threads": Value(compute.threads),
      "instructions": .string(compute.instructions),
    ]
    let text = """
      \(full.map { "step of all weights, moments \($0.rawValue)," } ?? lora.map { "LoRA step, rank \($0.rank)," } ?? "forward pass") of \(preset.rawValue), \(tokens) tokens × \(batch), \(compute.products(products)), \(compute.threads) threads\(streams ? ", streamed" : recompute ? ", recomputed" : "")
      \(Text.short(1e3 * median)) ms (\(Text.short(1e3 * seconds[0])) to \(Text.short(1e3 * seconds[seconds.count - 1]))), peak \(Text.bytes(Footprint.peakBytes)), \(Text.short(flops / 1e12)) TFLOP forward
      """
    return Perf.Result(value: value, text: text)
  }
}
