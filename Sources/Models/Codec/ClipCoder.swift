import Files
import Nets
import Tensors

/// A codec at work: between clips of bytes and latents, with the autoencoder's weights where it has some.
public struct ClipCoder {
  /// As its autoencoder has it.
  public let codec: Codec
  private let file: AutoencoderFile?
  /// The network, of a codec that is one.
  package let autoencoder: Autoencoder?
  /// Instead of an autoencoder, where a tiny one was named.
  private let tiny: TinyAutoencoder?
  /// Decodes in its place.
  private var preview: TinyAutoencoder?
  private let compute: Compute

  /// - Throws: `Problem` when the autoencoder cannot be read, or is not the one the codec names.
  public init(_ codec: Codec, on compute: Compute) throws {
    self.compute = compute
    guard codec.kind == .wan else {
      (self.codec, file, autoencoder, tiny) = (codec, nil, nil, nil)
      return
    }
    if let found = try TinyAutoencoder(at: codec.place(), on: compute) {
      guard !found.isDecoderOnly else {
        throw Problem(
          "this tiny autoencoder has a decoder alone", at: codec.from, expected: "an encoder too",
          fix: "name the autoencoder whose latents it decodes; a decoder alone is for previews")
      }
      (file, autoencoder, tiny) = (nil, nil, found)
      self.codec = try codec.resolved(
        found.identity, time: found.time, space: found.space, channels: found.latentChannels)
      try requireSame(codec)
      return
    }
    tiny = nil
    // Opened once: what is hashed is what is used.
    let file = try AutoencoderFile(codec.place()), config = file.config
    self.codec = try codec.resolved(file.identity, time: config.time, space: config.space, channels: config.zDim)
    self.file = file
    autoencoder = try file.model(on: compute)
    try requireSame(codec)
  }

  /// - Parameter stated: what was said of the codec.
  private func requireSame(_ stated: Codec) throws {
    guard stated.latentChannels == nil || stated.isSame(as: codec) else {
      throw Problem(
        "latents of \(stated.channels) channels, \(stated.time) frames and \(stated.space) pixels are none of this autoencoder's",
        at: stated.from, expected: "\(codec.channels) channels, \(codec.time) frames and \(codec.space) pixels",
        fix: "leave time, space and latent_channels to the autoencoder; a file that says otherwise was edited")
    }
  }

  /// That nobody wrote into the autoencoder since it was opened. - Throws: `Problem`.
  public func requireUnchanged() throws { try file?.weights.requireUnchanged() }

  /// Clips of one shape to latents [B,F,h,w,C]; `clips[b]` holds T·H·W·3 bytes.
  public func encode(_ clips: [UnsafeBufferPointer<UInt8>], frames: Int, height: Int, width: Int) -> Tensor {
    if let tiny {
      return Self.batch(
        clips.compactMap { tiny.encode($0, frames: frames, height: height, width: width, on: compute) })
    }
    guard let autoencoder else {
      return codec.encode(clips, frames: frames, height: height, width: width, on: compute)
    }
    return Self.batch(
      clips.map { clip in
        autoencoder.latents(
          autoencoder.encode(autoencoder.pixels([clip], frames: frames, height: height, width: width, on: compute)))
      })
  }

  /// Samples [1,…] side by side: [B,…].
  public static func batch(_ parts: [Tensor]) -> Tensor {
    guard parts.count > 1 else { return parts[0] }
    let size = parts[0].count,
      y = Tensor(undefined: Shape([parts.count] + parts[0].shape.sizes.dropFirst()), on: parts[0].compute)
    // Copied, not added to nothing: what was not written yet may be no number.
    for (b, part) in parts.enumerated() { (y.pointer + b * size).update(from: part.pointer, count: size) }
    return y
  }

  /// The same with a tiny decoder in its place, for a quick look.
  /// - Parameter place: of a tiny autoencoder that speaks the same latents.
  /// - Throws: `Problem` when there is none, or its latents are others.
  public func previewing(with place: String) throws -> ClipCoder {
    guard codec.kind == .wan else {
      throw Problem.usage(
        "the model works on no autoencoder's latents, so nothing is quicker than its own codec", at: "--preview",
        fix: "leave it out")
    }
    var coder = self
    coder.preview = try .preview(
      at: place, channels: codec.channels, time: codec.time, space: codec.space, on: compute)
    return coder
  }

  /// Latents of one sample [F,h,w,C] (or [1,F,h,w,C]) to T·H·W·3 bytes, rounded and clamped.
  public func decode(_ x: Tensor) -> [UInt8] {
    let z = x.reshaped(Shape([1] + x.shape.sizes.suffix(4)))
    if let quick = preview ?? tiny { return quick.bytes(z) }
    guard let autoencoder else { return codec.decode(x) }
    return autoencoder.bytes(autoencoder.decode(autoencoder.denormalised(z)))
  }
}
