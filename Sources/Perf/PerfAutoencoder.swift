import Files
import Foundation
import Models
import Nets
import Runs
import Tensors

/// `orrery perf vae --like SHAPE`: encoding and decoding with a published autoencoder's shape over random weights that
/// are read where they lie.
public struct PerfAutoencoder {
  /// Which way is timed.
  public enum Way: String, CaseIterable, Sendable { case encode, decode, both }

  public let preset: AutoencoderConfig.Preset, way: Way
  /// Frames of the clip, and the side of a frame in pixels.
  public let clip: Int, pixels: Int
  public let iterations: Int
  public let products: ElementType
  /// Where the random weights are kept.
  public let folder: String

  public init(
    _ preset: AutoencoderConfig.Preset, _ way: Way, clip: Int, pixels: Int, iterations: Int, products: ElementType,
    folder: String
  ) {
    (self.preset, self.way, self.clip, self.pixels) = (preset, way, clip, pixels)
    (self.iterations, self.products, self.folder) = (iterations, products, folder)
  }

  /// - Throws: `Problem` when the sizes do not fit the autoencoder, or the weights cannot be written.
  public func run(on compute: Compute, _ console: Console) throws -> Perf.Result {
    let shape = preset.config
    guard pixels % shape.space == 0, shape.frames(shape.latentFrames(clip)) == clip else {
      throw Problem.usage(
        "\(clip) frames of \(pixels)×\(pixels) pixels do not fit \(preset.rawValue)", at: "--clip, --pixels",
        expected: "1 + a multiple of \(shape.time) frames, and a multiple of \(shape.space) pixels")
    }
    if !Disk.exists(folder + "/config.json") {
      let progress = console.progress("making \(preset.rawValue) with random weights", total: 1)
      try RandomCheckpoint.write(shape, seed: 0, to: folder, on: compute) { done, all in
        progress.update(done == all ? 1 : 0, "\(done) of \(all) tensors")
      }
    }
    let model = try AutoencoderFile(folder).model(products: products, on: compute)
    func noise(_ shape: Shape) -> Tensor {
      let x = Tensor(undefined: shape, on: compute)
      Random(seed: 2).fillNormal(x, .sample)
      return x
    }
    let side = pixels / shape.patch, latent = pixels / shape.space
    let progress = console.progress("timing \(preset.rawValue)", total: iterations * (way == .both ? 2 : 1))
    func measure(_ body: () -> Void) -> [Double] {
      (0..<iterations).map { i in
        let clock = ContinuousClock.now
        body()
        defer { progress.update(i + 1) }
        return ProgressLine.seconds(ContinuousClock.now - clock)
      }.sorted()
    }
    let encode: [Double]? =
      way == .decode
      ? nil
      : {
        let x = noise([1, clip, side, side, shape.inChannels])
        return measure { _ = model.encode(x) }
      }()
    let decode: [Double]? =
      way == .encode
      ? nil
      : {
        let z = noise([1, shape.latentFrames(clip), latent, latent, shape.zDim])
        return measure { _ = model.decode(z) }
      }()
    return result(encode, decode, compute)
  }

  private func result(_ encode: [Double]?, _ decode: [Double]?, _ compute: Compute) -> Perf.Result {
    func median(_ seconds: [Double]) -> Double { seconds[seconds.count / 2] }
    func field(_ seconds: [Double]?) -> Value { seconds.map { .number(1e3 * median($0)) } ?? .null }
    let value: Value = [
      "like": .string(preset.rawValue), "clip": Value(clip), "pixels": Value(pixels),
      "dtype": .string(compute.products(products).rawValue), "encode_ms": field(encode), "decode_ms": field(decode),
      "peak_bytes": Value(Footprint.peakBytes), "threads": Value(compute.threads),
      "instructions": .string(compute.instructions),
    ]
    func words(_ name: String, _ seconds: [Double]?) -> String? {
      seconds.map {
        "\(name) \(Text.short(1e3 * median($0))) ms (\(Text.short(1e3 * $0[0])) to \(Text.short(1e3 * $0[$0.count - 1])))"
      }
    }
    let text = """
      \(preset.rawValue), \(clip) frames of \(pixels)×\(pixels), \(compute.products(products)), \(compute.threads) threads
      \([words("encode", encode), words("decode", decode)].compactMap { $0 }.joined(separator: ", ")), peak \(Text.bytes(Footprint.peakBytes))
      """
    return Perf.Result(value: value, text: text)
  }
}
