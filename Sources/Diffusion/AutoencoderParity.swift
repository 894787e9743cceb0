import Files
import Models
import Nets
import Tensors

/// A case of an autoencoder: `vae/` as diffusers writes it, and `case.safetensors` with pixels [1,3,T,H,W] as bytes and
/// what diffusers made of them (moments, latents, prefixes, frames decoded from `z`, squares), or one step of training
/// (sample, reconstruction, losses, every gradient).
enum AutoencoderParity: ParityKind {
  static func isOne(_ folder: String) -> Bool {
    Disk.exists(folder + "/vae/config.json") && !Disk.exists(folder + "/model_index.json")
  }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    let file = try Safetensors(path: folder + "/case.safetensors")
    return file.entry("noise") == nil
      ? try forward(folder, file, products, on: compute) : try training(folder, file, products, on: compute)
  }

  private static func forward(
    _ folder: String, _ file: Safetensors, _ products: ElementType, on compute: Compute
  ) throws -> [Parity.Row] {
    let model = try AutoencoderFile(folder + "/vae").model(products: products, on: compute),
      z = model.config.zDim
    var rows: [Parity.Row] = []
    let x = try pixels("pixels", file, model, on: compute)
    func first(_ t: Tensor) -> [Float] { Layout.channelsFirst(t).values }
    for atOnce in [1, 2] {
      let moments = model.encode(x, atOnce: atOnce), name = "moments, \(atOnce) at a time"
      rows.append(try Parity.row(name, first(moments), file, as: "moments"))
    }
    let whole = model.moments(x)
    rows.append(try Parity.row("moments, whole", first(whole), file, as: "moments"))
    rows.append(try Parity.row("latents", first(model.latents(whole)), file))
    let known = ["pixels", "moments", "latents", "z", "decoded"]
    for entry in file.entries where entry.name.hasPrefix("moments_") {
      guard let frames = Int(entry.name.split(separator: "_")[1]), frames > 0, frames <= x.shape[1] else {
        throw Problem("'\(entry.name)' says no number of frames there are", at: file.path)
      }
      rows.append(try Parity.row(entry.name, first(model.encode(TakeFrames(0..<frames)(x))), file))
    }
    let latent = try clip("z", file, channels: z, on: compute)
    for atOnce in [1, latent.shape[1]] {
      let y = model.unfolded(model.decode(latent, atOnce: atOnce))
      rows.append(try Parity.row("decoded, \(atOnce) at a time", first(y), file, as: "decoded"))
    }
    if file.entry("tiled_pixels") != nil {
      // Height and width of a square, and from one to the next, in brackets of whatever kind.
      let sizes = (file[metadata: "tile"] ?? "").split { !$0.isNumber }.compactMap { Int($0) }
      guard sizes.count == 4, sizes[0] == sizes[1], sizes[2] == sizes[3], sizes[0] >= sizes[2], sizes[2] > 0 else {
        throw Problem(
          "the metadata 'tile' says no sizes of squares", at: file.path, expected: "four integers: sides, then steps")
      }
      let tiles = AutoencoderTiles(side: sizes[0], step: sizes[2])
      try model.check(tiles)
      let big = try pixels("tiled_pixels", file, model, on: compute)
      rows.append(try Parity.row("tiled_moments", first(model.encode(big, tiles)), file))
      let y = model.decode(try clip("tiled_z", file, channels: z, on: compute), tiles)
      // Stored as halves: what would be rounded to the same half is no difference.
      let stored = try file.floats("tiled_decoded").values, ours = first(model.unfolded(y))
      guard stored.count == ours.count else {
        throw Problem("'tiled_decoded' has \(stored.count) elements, the model gives \(ours.count)", at: file.path)
      }
      let rounded = zip(ours, stored).map { a, b in
        let room = Float(Float16(b).ulp) / 2
        return a > b ? max(b, a - room) : min(b, a + room)
      }
      rows.append(try Parity.row("tiled_decoded", rounded, file))
    }
    let strangers = file.entries.map(\.name).filter {
      !known.contains($0) && !$0.hasPrefix("moments_") && !$0.hasPrefix("tiled_")
    }
    guard strangers.isEmpty else {
      throw Problem("the case holds tensors nothing computes: \(strangers.joined(separator: ", "))", at: file.path)
    }
    return rows
  }

  private static func training(
    _ folder: String, _ file: Safetensors, _ products: ElementType, on compute: Compute
  ) throws -> [Parity.Row] {
    let stored = try AutoencoderFile(folder + "/vae")
    var config = stored.config
    config.products = products
    let parameters = Autoencoder.parameters(config, on: compute)
    try parameters.load(Safetensors(path: stored.weights.path))
    let tape = Tape(), gradients = Gradients(of: parameters)
    gradients.clear()
    let model = Autoencoder(config, parameters, recording: tape, into: gradients)
    let x = try pixels("pixels", file, model, on: compute),
      noise = try clip("noise", file, channels: config.zDim, on: compute)
    guard config.frames(config.latentFrames(x.shape[1])) == x.shape[1], noise.shape.rows * config.zDim == noise.count,
      noise.shape[1] == config.latentFrames(x.shape[1]), noise.shape[2] * config.space / config.patch == x.shape[2],
      noise.shape[3] * config.space / config.patch == x.shape[3]
    else {
      throw Problem(
        "pixels \(x.shape) and noise \(noise.shape) do not belong together", at: file.path,
        expected: "1 + a multiple of \(config.time) frames, and noise of their latents' shape")
    }
    let moments = model.moments(x), latent = GaussianSample()(moments, noise), y = model.reconstruction(latent)
    let weight: Float = 1e-3, l1 = AbsoluteError()(y, x), kl = GaussianKL(weight: weight)(moments),
      loss = Add()(l1, kl)
    let rows = [
      try Parity.row("latent", Layout.channelsFirst(latent).values, file),
      try Parity.row("reconstruction", Layout.channelsFirst(model.unfolded(y)).values, file),
      try Parity.row("l1", l1.values, file), try Parity.row("kl", kl.values.map { $0 / weight }, file),
      try Parity.row("loss", loss.values, file),
    ]
    tape.backward(loss)
    gradients.finish()
    return rows + (try Parity.gradients(parameters, gradients, file))
  }

  /// Bytes [1,3,T,H,W] as the model takes them.
  private static func pixels(
    _ name: String, _ file: Safetensors, _ model: Autoencoder, on compute: Compute
  ) throws -> Tensor {
    let (shape, values) = try file.bytes(name), config = model.config, side = config.space
    let bytes = try clip(name, file, shape, values.map { Float($0) / 127.5 - 1 }, channels: 3, on: compute),
      s = bytes.shape
    guard s[2] % side == 0, s[3] % side == 0, s[1] > 0 else {
      throw Problem("'\(name)' has the shape \(s)", at: file.path, expected: "sides that \(side) divides")
    }
    return model.folded(bytes)
  }

  /// A clip [1,C,T,H,W], channels last.
  private static func clip(_ name: String, _ file: Safetensors, channels: Int, on compute: Compute) throws -> Tensor {
    let (shape, values) = try file.floats(name)
    return try clip(name, file, shape, values, channels: channels, on: compute)
  }

  private static func clip(
    _ name: String, _ file: Safetensors, _ shape: [Int], _ values: [Float], channels: Int, on compute: Compute
  ) throws -> Tensor {
    guard shape.count == 5, shape[1] == channels, shape.allSatisfy({ $0 > 0 }) else {
      throw Problem(
        "'\(name)' has the shape \(shape)", at: file.path, expected: "[clips, \(channels), frames, height, width]")
    }
    return Layout.channelsLast(Tensor(values, Shape(shape), on: compute))
  }
}
