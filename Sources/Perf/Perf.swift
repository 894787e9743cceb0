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

  public let options: PerfOptions

  public init(_ options: PerfOptions) { self.options = options }

  public struct Result: Sendable { public let value: Value; public let text: String }

  public func run(_ work: Work, on compute: Compute) throws -> Result {
    guard compute.products(options.products) == options.products else {
      throw Problem(
        "this machine does not multiply bf16 (\(compute.instructions))", at: "--dtype",
        expected: "a processor with AVX512_BF16", fix: "measure f32")
    }
    let config = try options.fittingConfig(work), input = PerfInput(options, config, on: compute)
    let step = work == .train ? training(input) : { Double(input.forward().values.first ?? 0) }
    // Two steps to warm up: the first takes pages from the system, the second settles the pool.
    let first = step(), held = compute.bytesInUse
    var last = step(), times: [Double] = []
    let meter = EnergyMeter(EnergySettings())
    for _ in 0..<options.iterations {
      let clock = ContinuousClock.now
      last = step()
      times.append(ProgressLine.seconds(ContinuousClock.now - clock))
      meter.sample()
    }
    return result(work, config, times.sorted(), first, last, meter.energy, working: compute.peakBytes - held, compute)
  }

  /// A training step and what only training needs: gradients and moments. The step returns its loss.
  private func training(_ input: PerfInput) -> () -> Double {
    let parameters = input.parameters, gradients = Gradients(of: parameters),
      optimizer = AdamW(parameters, .init(decay: 0.01))
    return {
      let tape = Tape()
      gradients.clear()
      let loss = input.loss(tape, into: gradients), value = Double(loss.values[0])
      tape.backward(loss)
      gradients.finish()
      optimizer.step(parameters, gradients, rate: 1e-4, clip: 1)
      return value
    }
  }

  private func result(
    _ work: Work, _ config: WorldTransformerConfig, _ times: [Double], _ first: Double, _ last: Double,
    _ energy: Energy, working: Int, _ compute: Compute
  ) -> Result {
    let tokens = options.tokens, batch = options.batch, products = options.products,
      median = times[times.count / 2]
    let flops = config.forwardFLOPs(batch: batch, tokens: tokens, text: options.text) * (work == .train ? 3 : 1)
    let value: Value = [
      "median_ms": .number(median * 1e3), "min_ms": .number((times.first ?? 0) * 1e3),
      "tokens_per_s": .number(Double(batch * tokens) / median),
      "gflop_per_s": .number(flops / median / 1e9), "peak_rss_bytes": Value(Footprint.peakBytes),
      "working_bytes": Value(working), "threads": Value(compute.threads),
      "isa": .string(compute.instructions), "dtype": .string(products.rawValue), "recompute": .bool(options.recompute),
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
}
