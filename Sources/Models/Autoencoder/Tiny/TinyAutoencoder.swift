import Files
import Tensors

/// A small autoencoder that others trained to speak the latents of a large one, for previews (TAEHV's layout,
/// `taew2_1` and `taew2_2` among them): convolutions of pictures, blocks that see the frame before, time by a linear
/// layer over stacked frames. Its latents are normalised ones, its pixels in [0, 1].
///
/// What it is, its tensors tell: widths, channels, where time is halved, squares of pixels that are folded.
public struct TinyAutoencoder {
  public let latentChannels: Int
  /// Side of the squares of pixels that are folded into channels first.
  public let patch: Int
  /// Frames of a latent frame, and pixels along each side of a latent pixel.
  public let time: Int, space: Int
  /// SHA-256 of the file's data buffer.
  public let identity: String
  private let encoder: TinyLayers?, decoder: TinyLayers
  private let compute: Compute

  /// Whether these are names of its layout: a decoder alone is one too.
  public static func isOne(_ names: [String]) -> Bool {
    let all = Set(names)
    return all.contains("decoder.1.weight") && all.contains("decoder.3.conv.0.weight")
      && all.contains("decoder.7.conv.weight") && all.contains("decoder.22.weight")
  }

  /// - Throws: `Problem` when tensors are missing, or are not of its shapes.
  public init(_ file: Safetensors, on compute: Compute) throws {
    self.compute = compute
    identity = file.bufferHash
    let decoder = try TinyLayers(file, TinyLayers.decoder, on: compute)
    self.decoder = decoder
    (latentChannels, time) = (decoder.inputs, decoder.times)
    let pixels = decoder.outputs / 3, side = Int(Double(max(0, pixels)).squareRoot().rounded())
    guard side > 0, decoder.outputs == 3 * side * side, [1, 2, 4, 8].contains(time) else {
      throw Problem(
        "the decoder gives \(decoder.outputs) channels, \(time) frames of each latent one", at: file.path,
        expected: "colour pictures, or squares of their pixels, of a latent that holds 1, 2, 4 or 8 frames")
    }
    (patch, space) = (side, 8 * side)
    guard file.entry("encoder.0.weight") != nil else {
      encoder = nil
      return
    }
    let encoder = try TinyLayers(file, TinyLayers.encoder, on: compute)
    guard encoder.inputs == decoder.outputs, encoder.outputs == latentChannels, encoder.times == time else {
      throw Problem(
        "encoder and decoder do not belong together: \(encoder.inputs) to \(encoder.outputs) channels, and "
          + "\(latentChannels) to \(decoder.outputs)", at: file.path)
    }
    self.encoder = encoder
  }

  /// The one at a place, a file or a folder with one; nil when what lies there is something else.
  /// - Throws: `Problem` when it cannot be read.
  public init?(at place: String, on compute: Compute) throws {
    let path = ModelFolder.weights(AutoencoderFile.folder(place))
    guard Disk.exists(path) else { return nil }
    let file = try Safetensors(path: path)
    guard Self.isOne(file.entries.map(\.name)) else { return nil }
    try self.init(file, on: compute)
  }

  /// The one at a place, to decode a large one's latents.
  /// - Throws: `Problem` when there is none, or its latents are others.
  public static func preview(
    at place: String, channels: Int, time: Int, space: Int, on compute: Compute
  ) throws -> TinyAutoencoder {
    guard let found = try TinyAutoencoder(at: place, on: compute) else {
      throw Problem(
        "this is no tiny autoencoder", at: place, expected: "safetensors in TAEHV's layout, such as taew2_1",
        fix: "leave --preview out: the model's own autoencoder decodes")
    }
    guard (found.latentChannels, found.time, found.space) == (channels, time, space) else {
      throw Problem(
        "it decodes latents of \(found.latentChannels) channels, \(found.time) frames and \(found.space) pixels",
        at: place, expected: "the model's: \(channels) channels, \(time) frames and \(space) pixels",
        fix: "name the tiny autoencoder made for this one")
    }
    return found
  }

  public var isDecoderOnly: Bool { encoder == nil }

  /// Normalised latents. Past the last whole group of frames the last one is repeated.
  /// - Parameter x: folded pixels in [0, 1], [B,T,H/p,W/p,3p²] (colour, row, column). → [B,⌈T/time⌉,H/space,W/space,z];
  ///   nil when there is a decoder alone.
  public func encode(_ x: Tensor) -> Tensor? {
    guard let encoder else { return nil }
    let over = x.shape[1] % time
    guard over > 0 else { return encoder(x) }
    let last = TakeFrames(x.shape[1] - 1..<x.shape[1])(x)
    return encoder((over..<time).reduce(x) { y, _ in JoinFrames()(y, last) })
  }

  /// - Parameter z: normalised latents [B,f,h,w,z] → folded pixels in [0, 1], [B,1+time·(f−1),H/p,W/p,3p²]
  public func decode(_ z: Tensor) -> Tensor {
    let clamped = z.copy(), y: Tensor
    clamped.withElements { for i in $0.indices { $0[i] = 3 * Self.tanh($0[i] / 3) } }
    let all = decoder(clamped)
    // The first latent frame stands for one frame; what comes before it is of no clip.
    y = TakeFrames(time - 1..<all.shape[1])(all)
    y.withElements { for i in $0.indices { $0[i] = max(0, min(1, $0[i])) } }
    return y
  }
}
