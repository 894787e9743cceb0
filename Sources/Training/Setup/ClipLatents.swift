import Clips
import Diffusion
import Files
import Models
import Runs
import Tensors

/// The latents of clips as training takes them. What an autoencoder made is kept between steps and runs, by the very
/// bytes it was made of and the autoencoder's weights: a changed clip, another window, size or autoencoder is another
/// key.
package struct ClipLatents {
  /// Raised when the same bytes give other latents.
  private static let version = "latents/1"

  private let coder: ClipCoder
  private let frames: Int, height: Int, width: Int
  /// Nil where encoding costs no more than reading.
  package let cache: ContentCache?
  private let compute: Compute

  package init(_ coder: ClipCoder, _ spec: WorldModel.Spec, _ cache: ContentCache?, on compute: Compute) {
    (self.coder, self.compute) = (coder, compute)
    (frames, height, width) = (spec.frames, spec.height, spec.width)
    self.cache = coder.codec.kind == .wan ? cache : nil
  }

  /// [B,F,h,w,C] of clips' bytes. - Throws: `Problem` when what was made cannot be kept.
  package func callAsFunction(_ clips: [(pixels: [UInt8], admission: Admission)]) throws -> Tensor {
    guard let cache else { return encode(clips.map(\.pixels)) }
    let parts = try clips.map { try latents($0.pixels, $0.admission.framesSHA256, cache) }
    guard parts.count > 1 else { return parts[0] }
    let y = Tensor(undefined: Shape([parts.count] + parts[0].shape.sizes.dropFirst()), on: compute)
    for (b, part) in parts.enumerated() { y.slice(b..<b + 1).scaleAndAdd(0, 1, part) }
    return y
  }

  private func encode(_ clips: [[UInt8]]) -> Tensor {
    WorldModel.withPointers(clips) { coder.encode($0, frames: frames, height: height, width: width) }
  }

  private func latents(_ pixels: [UInt8], _ content: String, _ cache: ContentCache) throws -> Tensor {
    let codec = coder.codec, size = "\(frames)×\(height)×\(width)"
    let key = ContentCache.key([Self.version, codec.weights ?? "", size, Hashing.sha256(pixels)])
    let (f, h, w) = (codec.latentFrames(frames), height / codec.space, width / codec.space),
      shape = Shape([1, f, h, w, codec.channels])
    if let kept = cache.floats(content: content, key: key), kept.shape == shape.sizes {
      return Tensor(kept.values, shape, on: compute)
    }
    let made = encode([pixels])
    try made.withElements {
      try cache.keep(
        UnsafeBufferPointer($0), shape.sizes, content: content, key: key,
        [
          ("orrery", Self.version), ("autoencoder_sha256", codec.weights ?? ""), ("clip", content), ("pixels", size),
          ("units", "(mean − latents_mean) / latents_std, frames and channels last"),
        ])
    }
    return made
  }
}
