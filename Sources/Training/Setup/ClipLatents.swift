import Clips
import Consent
import Diffusion
import Files
import Frames
import Media
import Models
import Runs
import Tensors

/// The latents of clips as training takes them. What an autoencoder made is kept between steps and runs, by the very
/// bytes it was made of, the autoencoder, and the build and instructions that made it: a changed clip, another window,
/// size, autoencoder or machine is another key.
package struct ClipLatents {
  private let coder: ClipCoder
  /// nil of a model that takes no pictures.
  private let pictureCoder: PictureCoder?
  private let frames: Int, height: Int, width: Int
  /// Of all runs in a folder; looked at whatever this run's codec is, since what is withdrawn is removed from it.
  package let cache: ContentCache
  private let compute: Compute
  /// Whether encoding costs so much more than reading that it is worth keeping.
  private var isKept: Bool { coder.codec.kind == .wan && cache.limit > 0 }

  /// - Parameter pictures: of a model that takes them.
  package init(
    _ coder: ClipCoder, _ pictures: PictureCoder, _ spec: WorldModel.Spec, _ cache: ContentCache, on compute: Compute
  ) {
    self.init(
      coder, spec.takesPictures ? pictures : nil, (spec.frames, spec.height, spec.width), cache, on: compute)
  }

  /// - Parameters:
  ///   - pictures: of a model that takes them.
  ///   - clip: frames, height and width of the clips.
  package init(
    _ coder: ClipCoder, _ pictures: PictureCoder?, _ clip: (frames: Int, height: Int, width: Int),
    _ cache: ContentCache,
    on compute: Compute
  ) {
    (self.coder, pictureCoder, self.compute, self.cache) = (coder, pictures, compute, cache)
    (frames, height, width) = clip
  }

  /// [B,F,h,w,C] of clips' bytes. - Throws: `Problem` when what was made cannot be kept.
  package func callAsFunction(_ clips: [(pixels: [UInt8], admission: Admission)]) throws -> Tensor {
    guard isKept else { return encode(clips.map(\.pixels)) }  // All at once, where the codec does that.
    return ClipCoder.batch(
      try clips.map {
        try latents(
          $0.pixels,
          ContentCache.content($0.admission.framesSHA256, clip: $0.admission.clip, of: $0.admission.datasetPath))
      })
  }

  /// That nobody wrote into the autoencoder meanwhile. - Throws: `Problem`.
  package func requireUnchanged() throws { try coder.requireUnchanged() }

  private func encode(_ clips: [[UInt8]]) -> Tensor {
    WorldModel.withPointers(clips) { coder.encode($0, frames: frames, height: height, width: width) }
  }

  private func latents(_ pixels: [UInt8], _ content: String) throws -> Tensor {
    let identity = coder.codec.identity ?? ""
    return try kept([identity, size, Hashing.sha256(pixels)], latentShape, content, [("autoencoder", identity)]) {
      encode([pixels])
    }
  }

  private var size: String { "\(frames)×\(height)×\(width)" }
  private var latentShape: [Int] {
    let codec = coder.codec
    return [1, codec.latentFrames(frames), height / codec.space, width / codec.space, codec.channels]
  }

  /// What was made of a clip, or what making it gives, which is kept. - Parameter parts: all it follows from.
  private func kept(
    _ parts: [String], _ shape: [Int], _ content: String, _ facts: [(String, String)], _ make: () throws -> Tensor
  ) throws -> Tensor {
    guard isKept else { return try make() }
    let key = ContentCache.key([Build.version, compute.instructions] + parts)
    if let kept = cache.floats(content: content, key: key), kept.shape == shape {
      return Tensor(kept.values, Shape(shape), on: compute)
    }
    let made = try make()
    try made.withElements {
      try cache.keep(
        UnsafeBufferPointer($0), shape, content: content, key: key,
        [("orrery", Build.version)] + facts + [
          ("clip", content), ("pixels", size),
          ("units", "(mean − latents_mean) / latents_std, frames and channels last"),
        ])
    }
    return made
  }
}

extension ClipLatents {
  /// What a model that takes pictures is given of clips' first frames, and of their last where it takes those; nil of
  /// another model.
  /// - Parameter leftOut: samples that are given none.
  package func pictures(
    _ clips: [(pixels: [UInt8], admission: Admission)], leftOut: [Bool] = []
  ) throws -> PictureCondition? {
    guard let pictureCoder else { return nil }
    return PictureCondition.batch(
      try clips.enumerated().map { b, clip in
        guard !leftOut.indices.contains(b) || !leftOut[b] else {
          return try pictureCoder.condition([], frames: frames, height: height, width: width)
        }
        return try picture(
          pictureCoder, clip.pixels,
          ContentCache.content(clip.admission.framesSHA256, clip: clip.admission.clip, of: clip.admission.datasetPath))
      })
  }

  private func picture(
    _ pictureCoder: PictureCoder, _ pixels: [UInt8], _ content: String
  ) throws -> PictureCondition {
    let frame = height * width * 3, given = pictureCoder.given(of: frames), encoder = coder.codec.identity ?? ""
    let shown = given.map { Array(pixels[$0 * frame..<($0 + 1) * frame]) }, hash = Hashing.sha256(shown.flatMap { $0 })
    func values() -> [[Float]] { shown.map { PictureCoder.values($0) } }
    let latents = try kept(["pictures", encoder, size, hash], latentShape, content, [("autoencoder", encoder)]) {
      try pictureCoder.latents(
        Array(zip(given, values())).map { ($0, $1) }, frames: frames, height: height, width: width)
    }
    let tokens = try pictureCoder.tokensShape(of: frames).map { shape in
      try kept(["tokens", pictureCoder.encoder.identity ?? "", size, hash], shape, content, []) {
        try pictureCoder.tokens(values(), height: height, width: width) ?? Tensor(zeros: Shape(shape), on: compute)
      }
    }
    return try pictureCoder.condition(latents, tokens, given: given)
  }
}

extension ClipLatents {
  /// Reasons that say no to this experiment, and nothing of what others may do.
  private static let ownReasons: Set<Reason.Code> = [
    .licenseeNotCovered, .modelNotCovered, .purposeNotCovered, .commercialNotCovered, .territoryNotCovered,
    .exposureCapReached, .leftOut, .unsignedBasisNotListed, .notYetValid, .conditioningNotVouched,
  ]

  /// Removes what was made of clips that nobody grants any more, for training or for evaluating.
  /// - Parameter gates: of every dataset, for each of the two.
  package func forgetWithdrawn(_ gates: [[Gate]]) {
    guard let first = gates.first, !cache.isEmpty else { return }
    var gone: [String] = []
    for (d, gate) in first.enumerated() {
      for entry in gate.decisions {
        let isGone = gates.allSatisfy { gates in
          gates[d].decisions.first { $0.index == entry.index }.map { found in
            found.decision.reasons.contains { !Self.ownReasons.contains($0.code) }
          } ?? false
        }
        guard isGone else { continue }
        let clip = gate.dataset.clips[entry.index]
        gone.append(ContentCache.content(clip.framesSHA256, clip: clip.id, of: gate.dataset.path))
      }
    }
    cache.forget(gone)
  }

  /// Removes what was made of clips that left a run.
  package func forget(_ clips: some Sequence<String>, of source: ClipSource) {
    let names = Set(clips)
    guard !names.isEmpty, !cache.isEmpty else { return }
    cache.forget(
      source.datasets.flatMap { dataset in
        dataset.clips.filter { names.contains($0.id) }.map {
          ContentCache.content($0.framesSHA256, clip: $0.id, of: dataset.path)
        }
      })
  }
}
