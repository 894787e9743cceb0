import Files
import Models
import Nets
import Tensors

/// Everything needed to turn noise and a caption into video: the transformer with its weights, what it predicts, the
/// codec around it and the captions it was trained with.
public struct WorldModel {
  /// The parts that are not weights; a run's record and an export both hold one.
  public struct Spec: Sendable, Equatable {
    public var transformer: WorldTransformerConfig
    public var codec: Codec
    public var objective: Objective
    public var captions: CaptionEmbedder
    /// Of a transformer that takes pictures beside the noise.
    public var pictures = PictureEncoder()
    /// What an action is, of a model that takes them; changed by `take`, since the transformer follows from it.
    public internal(set) var actions: [ActionSpace] = []
    /// Frames, height and width of the clips it was trained on.
    public var frames: Int, height: Int, width: Int
    /// Frames given when continuing, as in training; 0 when it was never given any.
    public var context: Int
    public var fps: String

    public init(
      transformer: WorldTransformerConfig, codec: Codec, objective: Objective, captions: CaptionEmbedder, frames: Int,
      height: Int, width: Int, context: Int, fps: String
    ) {
      (self.transformer, self.codec, self.objective, self.captions) = (transformer, codec, objective, captions)
      (self.frames, self.height, self.width, self.context, self.fps) = (frames, height, width, context, fps)
    }

    /// Whether pictures stand beside the noise, instead of clean latents among it.
    public var takesPictures: Bool { transformer.takesPictures }
    /// Groups of latents that are clean when `frames` are given.
    public func cleanGroups(given frames: Int) -> Int { takesPictures ? 0 : groups(of: frames) }

    /// Frames a group (a patch of latent frames) covers; of a causal codec the first covers one frame.
    public var framesPerGroup: Int { codec.time * transformer.patchSize[0] }
    public var groups: Int { groups(of: frames) }
    /// Whole groups of so many frames, and frames of so many groups.
    public func groups(of frames: Int) -> Int { codec.latentFrames(frames) / transformer.patchSize[0] }
    public func frames(of groups: Int) -> Int { codec.frames(groups * transformer.patchSize[0]) }
    /// Whether they are whole groups.
    public func isWhole(_ frames: Int) -> Bool { frames >= 0 && self.frames(of: groups(of: frames)) == frames }
    /// What frames may be asked for: "a multiple of 4", for people.
    public var wholeWords: String {
      codec.isCausal ? "1 + a multiple of \(framesPerGroup)" : "a multiple of \(framesPerGroup)"
    }
  }

  public let spec: Spec
  public let parameters: Parameters
  /// Its codec at work.
  public let coder: ClipCoder

  /// The vectors of its captions.
  public let captions: CaptionVectors
  /// What it takes of pictures.
  public let pictures: PictureCoder

  /// - Parameters:
  ///   - coder: of the spec's codec, where it is at hand.
  ///   - captions: where they are made already, or are made from files whose place is known.
  ///   - pictures: likewise.
  /// - Throws: `Problem` when the codec is an autoencoder that cannot be read.
  public init(
    _ spec: Spec, _ parameters: Parameters, coder: ClipCoder? = nil, captions: CaptionVectors? = nil,
    pictures: PictureCoder? = nil
  ) throws {
    let compute = parameters.values.compute
    self.init(
      spec, parameters, try coder ?? ClipCoder(spec.codec, on: compute),
      captions ?? CaptionVectors(spec.captions, on: compute), pictures)
  }

  /// - Parameters: of the spec's codec, captions and pictures.
  public init(
    _ spec: Spec, _ parameters: Parameters, _ coder: ClipCoder, _ captions: CaptionVectors,
    _ pictures: PictureCoder? = nil
  ) {
    (self.spec, self.parameters, self.coder, self.captions) = (spec, parameters, coder, captions)
    self.pictures =
      pictures ?? PictureCoder(spec.pictures, spec.transformer, coder, on: parameters.values.compute)
  }

  /// The same model with its text encoder at a place. - Parameter folder: the encoder's.
  public func reading(textEncoder folder: String) -> WorldModel {
    var embedder = spec.captions
    embedder.from = folder
    return WorldModel(spec, parameters, coder, CaptionVectors(embedder, on: compute), pictures)
  }

  /// The same model whose latents a tiny autoencoder decodes, for a quick look.
  public func previewing(with place: String) throws -> WorldModel {
    WorldModel(spec, parameters, try coder.previewing(with: place), captions)
  }

  public var compute: Compute { parameters.values.compute }

  /// That nobody wrote into files it reads where they lie. - Throws: `Problem`.
  public func requireUnchanged() throws {
    try parameters.frozen?.requireUnchanged()
    try coder.requireUnchanged()
  }

  /// [B,L,E] for captions; nil is the null caption.
  /// - Throws: `Problem` when its text encoder is not there.
  public func text(_ captions: [String?]) throws -> Tensor { try self.captions(captions) }

  /// Samples clips of the training length. - Parameters:
  ///   - prefixes: for each sample T₀·H·W·3 bytes to continue (T₀ the same for all, whole groups), or empty. Of a model
  ///     that takes pictures one frame, or with `pictures.encoder.takesLast` two: the first and the last.
  ///   - captions: one a sample.
  ///   - embeddings: [B,L,E] from the dataset instead of captions.
  ///   - actions: of a model that takes them, one track a sample of `frames`; empty: none is given.
  /// - Returns: T·H·W·3 bytes a sample, the prefix as it came back through the codec.
  public func generate(
    prefixes: [[UInt8]], captions: [String?], embeddings: Tensor? = nil, actions: [ActionTrack] = [],
    frames: Int? = nil, _ settings: SamplerSettings, _ random: Random,
    onStep: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> [[UInt8]] {
    let frames = frames ?? spec.frames, batch = captions.count, frame = spec.height * spec.width * 3
    let given = (prefixes.first?.count ?? 0) / frame, known = spec.cleanGroups(given: given)
    precondition(spec.isWhole(frames) && given < frames, "\(given) of \(frames) frames")
    precondition(spec.takesPictures || spec.isWhole(given), "\(given) given frames")
    let beside = try spec.takesPictures ? condition(prefixes, count: batch, frames: frames) : nil
    let shape: Shape = [
      batch, spec.codec.latentFrames(frames), spec.height / spec.codec.space, spec.width / spec.codec.space,
      spec.codec.channels,
    ]
    let x = Tensor(undefined: shape, on: compute)
    // Each sample has a stream of its own, so what is drawn for it does not depend on who else is in the batch.
    for b in 0..<batch {
      Random(seed: random.seed, step: Int(random.step), lane: Int(random.lane) + b).fillNormal(
        x.slice(b..<b + 1), .sample)
    }
    if known > 0 {
      let padded = prefixes.map { $0 + [UInt8](repeating: 0, count: (frames - given) * frame) }
      let clean = Self.withPointers(padded) {
        coder.encode($0, frames: frames, height: spec.height, width: spec.width)
      }
      let per = x.count / batch, front = per / spec.groups(of: frames) * known
      x.withElements { x in
        clean.withElements { c in for b in 0..<batch { for i in b * per..<b * per + front { x[i] = c[i] } } }
      }
    }
    let sampler = Sampler(spec.transformer, parameters, spec.objective, settings)
    let tracks =
      actions.isEmpty ? try captions.map { _ in try spec.track(nil, frames: frames, at: "actions") } : actions
    let y = try sampler.draw(
      x, known: known, text: embeddings ?? text(captions), null: text(captions.map { _ in nil }), beside: beside,
      actions: spec.actionInputs(tracks, on: compute),
      // Where none is given there is nothing to lead away from.
      withoutActions: settings.actionGuidance != 1 && tracks.contains(where: \.acts)
        ? spec.actionInputs(tracks.map(\.without), on: compute) : [], onStep: onStep)
    return (0..<batch).map { coder.decode(y.slice($0..<$0 + 1)) }
  }

  /// What stands beside the noise of samples that were given pictures, or none.
  private func condition(_ given: [[UInt8]], count: Int, frames: Int) throws -> PictureCondition {
    let frame = spec.height * spec.width * 3
    return PictureCondition.batch(
      try (0..<count).map { b in
        let bytes = given.isEmpty ? [] : given[b],
          pictures = stride(from: 0, to: bytes.count, by: frame).map { Array(bytes[$0..<$0 + frame]) }
        return try self.pictures.condition(pictures, frames: frames, height: spec.height, width: spec.width)
      })
  }

  /// Continues past the training length: each window is given the last `context` frames of what exists, in whole groups
  /// and fewer than a window. With less than a group of context every window is a new clip.
  /// - Parameter actions: of all frames, one a sample, of a model that takes them; where they end, none is given.
  /// - Returns: `frames` frames a sample.
  public func rollout(
    prefixes: [[UInt8]], captions: [String?], embeddings: Tensor? = nil, actions: [ActionTrack] = [], frames: Int,
    context: Int, _ settings: SamplerSettings, _ random: Random,
    onWindow: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> [[UInt8]] {
    let frame = spec.height * spec.width * 3
    var video = prefixes.isEmpty ? captions.map { _ in [UInt8]() } : prefixes
    var lane = 0
    // Fewer than a window, in whole groups.
    let most = spec.frames(of: spec.groups - 1), context = min(context, most)
    while (video.first?.count ?? frames * frame) < frames * frame {
      let have = (video.first?.count ?? 0) / frame
      let keep = spec.frames(of: spec.groups(of: min(have, have <= most && lane == 0 ? have : context)))
      let given = keep == 0 ? [] : video.map { Array($0.suffix(keep * frame)) }
      // Steps number the windows; lanes number the samples.
      let window = try generate(
        prefixes: given, captions: captions, embeddings: embeddings,
        actions: actions.map { $0.window(from: have - keep, count: spec.frames) }, settings,
        Random(seed: random.seed, step: Int(random.step) + lane, lane: Int(random.lane)))
      for i in video.indices { video[i] += window[i].dropFirst(keep * frame) }
      lane += 1
      try onWindow(min(frames, video.first.map { $0.count / frame } ?? frames), frames)
    }
    return video.map { Array($0.prefix(frames * frame)) }
  }

  /// Lends every clip's bytes at once.
  package static func withPointers<T>(_ clips: [[UInt8]], _ body: ([UnsafeBufferPointer<UInt8>]) -> T) -> T {
    func go(_ i: Int, _ pointers: [UnsafeBufferPointer<UInt8>]) -> T {
      i == clips.count ? body(pointers) : clips[i].withUnsafeBufferPointer { go(i + 1, pointers + [$0]) }
    }
    return go(0, [])
  }
}
