import Files
import Foundation
import Models
import Nets
import Runs
import Tensors

/// `orrery perf train|forward`: time and memory of a training step (forward, backward, clip 1.0, AdamW) or of a forward
/// pass, on random input, by the code that `parity` checks and `finetune` runs.
public struct Perf {
  public enum Work: String, CaseIterable, Sendable { case train, forward }

  public var dim: Int, layers: Int, heads: Int, ffn: Int, channels: Int
  /// Latent frames and the side of a latent frame.
  public var frames: Int, size: Int
  public var batch: Int, text: Int, textDim: Int, iterations: Int
  /// What products multiply; bf16 needs a processor that does.
  public var products: ElementType
  /// Blocks keep only their input and are run again in the backward pass.
  public var recompute: Bool

  public init(
    dim: Int, layers: Int, heads: Int, ffn: Int, channels: Int, frames: Int, size: Int, batch: Int, text: Int,
    textDim: Int, iterations: Int, products: ElementType = .f32,
    recompute: Bool = false
  ) {
    (self.dim, self.layers, self.heads, self.ffn, self.channels) = (dim, layers, heads, ffn, channels)
    (self.frames, self.size, self.batch, self.text, self.textDim, self.iterations) = (
      frames, size, batch, text, textDim, iterations
    )
    (self.products, self.recompute) = (products, recompute)
  }

  public struct Result: Sendable { public let value: Value; public let text: String }

  public func run(_ work: Work, on compute: Compute) throws -> Result {
    guard compute.products(products) == products else {
      throw Problem(
        "this machine does not multiply bf16 (\(compute.instructions))", at: "--dtype",
        expected: "a processor with AVX512_BF16", fix: "measure f32")
    }
    let config = try fittingConfig(), input = PerfInput(self, config, on: compute), parameters = input.parameters
    let optimizer = AdamW(parameters, .init(decay: 0.01))
    func step() -> Double {
      guard work == .train else {
        return Double(input.forward(parameters.scope()).values.first ?? 0)
      }
      let tape = Tape()
      parameters.clearGradients()
      let loss = input.loss(tape)
      let value = Double(loss.values[0])
      tape.backward(loss)
      parameters.finishGradients()
      optimizer.step(parameters, rate: 1e-4, clip: 1)
      return value
    }
    // Two steps to warm up: the first takes pages from the system, the second settles the pool.
    let first = step(), held = compute.bytesInUse
    var last = step(), times: [Double] = []
    let meter = EnergyMeter(EnergySettings())
    for _ in 0..<iterations {
      let clock = ContinuousClock.now
      last = step()
      times.append(ProgressLine.seconds(ContinuousClock.now - clock))
      meter.sample()
    }
    return result(work, config, times.sorted(), first, last, meter.energy, working: compute.peakBytes - held, compute)
  }

  private func result(
    _ work: Work, _ config: WorldTransformerConfig, _ times: [Double], _ first: Double, _ last: Double,
    _ energy: Energy, working: Int, _ compute: Compute
  ) -> Result {
    let tokens = frames * (size / 2) * (size / 2), median = times[times.count / 2]
    let flops = config.forwardFLOPs(batch: batch, tokens: tokens, text: text) * (work == .train ? 3 : 1)
    let value: Value = [
      "median_ms": .number(median * 1e3), "min_ms": .number((times.first ?? 0) * 1e3),
      "tokens_per_s": .number(Double(batch * tokens) / median),
      "gflop_per_s": .number(flops / median / 1e9), "peak_rss_bytes": Value(Footprint.peakBytes),
      "working_bytes": Value(working), "threads": Value(compute.threads),
      "isa": .string(compute.instructions), "dtype": .string(products.rawValue), "recompute": .bool(recompute),
      "loss_first": .number(first), "loss_last": .number(last),
      "joules_per_step": .number(energy.joules / Double(times.count)), "energy": .string(energy.source.rawValue),
    ]
    return Result(
      value: value,
      text:
        "\(work.rawValue), B \(batch), N \(tokens), \(products), \(compute.threads) threads, \(compute.instructions): \(Text.short(median * 1e3)) ms "
        + "(least \(Text.short((times.first ?? 0) * 1e3))), \(Text.short(flops / median / 1e9)) GFLOP/s, \(Text.bytes(Footprint.peakBytes)) of which \(Text.bytes(working)) beside what lasts from step to step, \(Text.short(energy.joules / Double(times.count))) J a step (\(energy.source.rawValue))"
    )
  }

  package func config() throws -> WorldTransformerConfig {
    let value: Value = [
      "attention_head_dim": Value(heads > 0 ? dim / heads : 0), "num_attention_heads": Value(heads),
      "in_channels": Value(channels), "out_channels": Value(channels),
      "text_dim": Value(textDim), "freq_dim": 256, "ffn_dim": Value(ffn), "num_layers": Value(layers),
      "patch_size": [1, 2, 2],
    ]
    guard heads > 0, dim % heads == 0 else { throw Problem.usage("--dim \(dim) is not divisible by --heads \(heads)") }
    var config = try WorldTransformerConfig(json: value, at: "perf")
    (config.products, config.recompute) = (products, recompute)
    try config.check(frames: frames, height: size, width: size, channels: channels, at: "perf")
    return config
  }

  /// The same, when it fits into this machine.
  func fittingConfig() throws -> WorldTransformerConfig {
    let config = try config(), bytes = leastBytes(config)
    guard bytes < Double(ProcessInfo.processInfo.physicalMemory) else {
      throw Problem.usage(
        "this would take about \(Text.short(bytes / 1e9)) GB", expected: "no more than this machine's memory")
    }
    return config
  }

  /// Bytes a training step takes at least: parameters with gradients and moments, and what the blocks keep for the
  /// backward pass.
  func leastBytes(_ config: WorldTransformerConfig) -> Double {
    let tokens = Double(batch * frames * size * size / 4), kept = products.size * (14 * dim + 2 * ffn)
    let blocks = recompute ? layers * 4 * dim + kept : layers * kept
    return 16 * Double(config.parameterCount) + tokens * Double(blocks)
  }
}
