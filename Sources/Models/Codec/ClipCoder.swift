import Files
import Tensors

/// A codec at work: between clips of bytes and latents, with the autoencoder's weights where it has some.
public struct ClipCoder {
  public let codec: Codec
  private let autoencoder: Autoencoder?
  private let compute: Compute

  /// - Throws: `Problem` when the autoencoder cannot be read, or is not the one the codec names.
  public init(_ codec: Codec, on compute: Compute) throws {
    (self.codec, self.compute) = (codec, compute)
    guard codec.kind == .wan else {
      autoencoder = nil
      return
    }
    let resolved = try codec.resolved()
    autoencoder = try AutoencoderFolder.open(resolved.place(), on: compute)
  }

  /// Clips of one shape to latents [B,F,h,w,C]; `clips[b]` holds T·H·W·3 bytes.
  public func encode(_ clips: [UnsafeBufferPointer<UInt8>], frames: Int, height: Int, width: Int) -> Tensor {
    guard let autoencoder else {
      return codec.encode(clips, frames: frames, height: height, width: width, on: compute)
    }
    let latents = clips.map { clip in
      autoencoder.latents(
        autoencoder.encode(autoencoder.pixels([clip], frames: frames, height: height, width: width, on: compute)))
    }
    guard latents.count > 1, let first = latents.first else { return latents[0] }
    let y = Tensor(undefined: Shape([clips.count] + first.shape.sizes.dropFirst()), on: compute)
    for (b, part) in latents.enumerated() { y.slice(b..<b + 1).scaleAndAdd(0, 1, part) }
    return y
  }

  /// Latents of one sample [F,h,w,C] (or [1,F,h,w,C]) to T·H·W·3 bytes, rounded and clamped.
  public func decode(_ x: Tensor) -> [UInt8] {
    guard let autoencoder else { return codec.decode(x) }
    let z = x.reshaped(Shape([1] + x.shape.sizes.suffix(4)))
    return autoencoder.bytes(autoencoder.decode(autoencoder.denormalised(z)))
  }
}
