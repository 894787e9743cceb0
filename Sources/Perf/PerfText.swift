import Files
import Models
import Runs
import Tensors

/// `orrery perf text --like SHAPE`: a text encoder of a published shape over random weights that are read where they
/// lie.
public struct PerfText {
  public let preset: T5Preset
  public let layers: Int, tokens: Int, iterations: Int
  /// What products multiply; the weights are stored in bf16.
  public let products: ElementType
  /// Where the random checkpoint is kept.
  public let folder: String

  public init(_ preset: T5Preset, layers: Int, tokens: Int, iterations: Int, products: ElementType, folder: String) {
    (self.preset, self.layers, self.tokens, self.iterations) = (preset, layers, tokens, iterations)
    (self.products, self.folder) = (products, folder)
  }

  public func run(on compute: Compute, _ console: Console) throws -> Perf.Result {
    if !Disk.exists(folder + "/config.json") {
      let progress = console.progress("making \(preset.rawValue) with random weights", total: 1)
      try preset.write(layers: layers, to: folder, on: compute) { done, all in
        progress.update(done == all ? 1 : 0, "\(done) of \(all) tensors")
      }
    }
    let encoder = try T5Encoder(folder, room: tokens, products: products, hasTokenizer: false, on: compute)
    guard encoder.config.layers == layers else {
      throw Problem(
        "the random weights there have \(encoder.config.layers) layers", at: folder, expected: "\(layers)",
        fix: "name another folder with --weights, or remove it")
    }
    let progress = console.progress("timing \(preset.rawValue)", total: iterations + 1)
    var seconds: [Double] = []
    for i in 0...iterations {
      let clock = ContinuousClock.now
      _ = try encoder.encode(tokens: [preset.tokens(tokens)])
      if i > 0 { seconds.append(ProgressLine.seconds(ContinuousClock.now - clock)) }
      progress.update(i + 1)
    }
    seconds.sort()
    let median = seconds[seconds.count / 2], flops = encoder.config.flops(tokens: tokens),
      used = encoder.config.products
    let value: Value = [
      "work": "text", "like": .string(preset.rawValue), "layers": Value(layers), "tokens": Value(tokens),
      "dtype": .string(used.rawValue), "median_ms": .number(1e3 * median), "min_ms": .number(1e3 * seconds[0]),
      "max_ms": .number(1e3 * seconds[seconds.count - 1]), "forward_tflop": .number(flops / 1e12),
      "peak_bytes": Value(Footprint.peakBytes), "threads": Value(compute.threads),
      "instructions": .string(compute.instructions),
    ]
    let text = """
      \(preset.rawValue), \(layers) layers, \(tokens) tokens, \(used), \(compute.threads) threads
      \(Text.short(1e3 * median)) ms (\(Text.short(1e3 * seconds[0])) to \(Text.short(1e3 * seconds[seconds.count - 1]))), peak \(Text.bytes(Footprint.peakBytes)), \(Text.short(flops / 1e12)) TFLOP
      """
    return Perf.Result(value: value, text: text)
  }
}
