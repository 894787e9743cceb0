import Files
import Models
import Nets
import Tensors

/// A whole pipeline of the Wan family as diffusers saves it: text encoder, transformer (two of them in A14B),
/// autoencoder and scheduler from one folder, every weight read where it lies. Text to video, picture to video, first and
/// last picture to video, and TI2V, whose first latent frame is the picture's.
///
/// Formulas: diffusers' `WanPipeline` and `WanImageToVideoPipeline`, whose numbers a test holds it to.
public final class WanPipeline {
  /// What is asked for.
  public struct Request: Sendable {
    public var prompt = "", negative = ""
    /// Frames, 1 + a multiple of 4, and their size.
    public var frames = 81, width = 832, height = 480
    public var steps = 50
    /// Guidance scale (Ho & Salimans 2022); of A14B's low-noise expert, where it is another. 1 is off.
    public var guidance = 5.0, lowGuidance: Double?
    /// Colour values 0 to 1 of the first frame, and of the last: height·width·3 each.
    public var image: [Float]?, lastImage: [Float]?
    public init() {}
  }

  public let folder: String
  public let schedule: FlowSchedule
  public let autoencoder: Autoencoder
  /// Decodes in its place.
  private var preview: TinyAutoencoder?
  private let autoencoderIdentity: String
  private let high: Expert, low: Expert?
  /// Share of the timesteps from which on the first expert works.
  private let boundary: Double?
  /// Whether a picture stands for the first latent frame, whose tokens have level 0 (TI2V).
  public let expandsTimesteps: Bool
  private let compute: Compute, products: ElementType
  private let levels: Double

  private struct Expert {
    let config: WorldTransformerConfig, parameters: Parameters
    let weights: FrozenWeights
    var model: WorldTransformer { WorldTransformer(config, parameters) }
  }

  /// Whether a folder is one.
  public static func isOne(_ folder: String) -> Bool { Disk.exists(folder + "/model_index.json") }

  /// - Parameters:
  ///   - adapters, lowAdapters: over the transformer, and over A14B's low-noise expert.
  /// - Throws: `Problem` when a part is missing, or does not belong to the family.
  public init(
    _ folder: String, products: ElementType = .f32, adapters: [AdapterChoice] = [],
    lowAdapters: [AdapterChoice] = [], on compute: Compute
  ) throws {
    (self.folder, self.compute, self.products) = (folder, compute, products)
    let place = folder + "/model_index.json", index = try JSON.parse(Disk.readText(place), at: place)
    guard let kind = index["_class_name"]?.string, ["WanPipeline", "WanImageToVideoPipeline"].contains(kind) else {
      throw Problem(
        "this is no pipeline of the Wan family", at: place, expected: "WanPipeline or WanImageToVideoPipeline",
        fix: "name a folder that diffusers saved one of them to")
    }
    func expert(_ name: String, _ adapters: [AdapterChoice]) throws -> Expert {
      let (stored, weights) = try ModelFolder.frozen(folder + "/" + name)
      var config = stored
      config.products = compute.products(products)
      let stack = try AdapterStack(adapters, for: config, on: compute),
        parameters = try WorldTransformer.parameters(config, over: weights, stack.lora, on: compute)
      stack.load(into: parameters)
      return Expert(config: config, parameters: parameters, weights: weights)
    }
    high = try expert("transformer", adapters)
    low = Disk.isFolder(folder + "/transformer_2") ? try expert("transformer_2", lowAdapters) : nil
    guard low != nil || lowAdapters.isEmpty else {
      throw Problem.usage(
        "the pipeline has one transformer, and an adapter was named for a low-noise expert", at: "--lora-low",
        fix: "name it with --lora")
    }
    boundary = index["boundary_ratio"]?.double
    guard (low == nil) == (boundary == nil) else {
      throw Problem(
        low == nil
          ? "boundary_ratio is set, and there is no transformer_2" : "there are two experts and no boundary_ratio",
        at: place, fix: "get the pipeline again from its source")
    }
    expandsTimesteps = index["expand_timesteps"]?.bool ?? false
    schedule = try FlowSchedule(folder: folder)
    levels = Double(schedule.levels)
    let vae = try AutoencoderFile(folder + "/vae")
    (autoencoder, autoencoderIdentity) = (try vae.model(on: compute), vae.identity)
    let z = autoencoder.config.zDim, config = high.config
    guard config.outChannels == z, [z, 2 * z + 4].contains(config.inChannels) else {
      throw Problem(
        "the transformer takes \(config.inChannels) channels and gives \(config.outChannels); the autoencoder has \(z)",
        at: folder, fix: "use the autoencoder that belongs to it")
    }
    guard config.patchSize[0] == 1, config.inChannels > z || config.imageDim == nil,
      config.inChannels == z || autoencoder.config.time == 4
    else {
      throw Problem(
        "the transformer takes \(config.inChannels) channels, patches of \(config.patchSize) and pictures in a way no pipeline of the family does",
        at: folder + "/transformer", fix: "get the pipeline again from its source")
    }
    if let low {
      let (a, b) = (config, low.config)
      guard a.inChannels == b.inChannels, a.outChannels == b.outChannels, a.textDim == b.textDim,
        a.imageDim == b.imageDim, a.patchSize == b.patchSize
      else {
        throw Problem(
          "the two experts do not take the same input", at: folder + "/transformer_2",
          fix: "get the pipeline again from its source")
      }
    }
  }

  /// SHA-256 of the first transformer's weights.
  public var weightsHash: String { high.weights.bufferHash }

  /// Lets a tiny autoencoder decode, for a quick look. - Throws: `Problem` when its latents are others.
  public func decode(with place: String) throws {
    let c = autoencoder.config
    preview = try .preview(at: place, channels: c.zDim, time: c.time, space: c.space, on: compute)
  }

  /// What its videos are made by, part by part: SHA-256 of weights, and who the autoencoder is.
  public var parts: [(name: String, hash: String)] {
    [("transformer", weightsHash)] + (low.map { [("transformer_2", $0.weights.bufferHash)] } ?? [])
      + [("vae", autoencoderIdentity)]
  }

  private static let mostFrames = 10_001, mostPixels = 16_384, mostVolume = 1 << 31

  /// Whether it needs a picture: its transformer takes one beside the noise.
  public var needsImage: Bool { high.config.inChannels > autoencoder.config.zDim }

  /// - Throws: `Problem` (usage) saying what does not fit.
  public func check(_ r: Request) throws {
    let a = autoencoder.config, side = a.space * max(high.config.patchSize[1], high.config.patchSize[2])
    guard r.frames > 0, r.frames <= Self.mostFrames, r.width <= Self.mostPixels, r.height <= Self.mostPixels,
      r.frames * r.width * r.height <= Self.mostVolume
    else {
      throw Problem.usage(
        "\(r.frames) frames of \(r.width)×\(r.height)",
        expected: "at most \(Self.mostFrames) frames, and \(Self.mostVolume) pixels in all of them")
    }
    guard (0...100).contains(r.guidance), (0...100).contains(r.lowGuidance ?? 1) else {
      throw Problem.usage("a guidance scale is out of range", at: "--guidance", expected: "0 to 100; 1 is off")
    }
    guard a.frames(a.latentFrames(r.frames)) == r.frames else {
      throw Problem.usage(
        "\(r.frames) frames", at: "--frames", expected: "1 + a multiple of \(a.time)",
        fix: "ask for \(a.frames(max(1, a.latentFrames(r.frames))))")
    }
    guard r.width > 0, r.height > 0, r.width % side == 0, r.height % side == 0 else {
      throw Problem.usage(
        "frames of \(r.width)×\(r.height)", at: "--width, --height", expected: "multiples of \(side) pixels")
    }
    guard !needsImage || r.image != nil else {
      throw Problem.usage("this model begins with a picture, and none was given", fix: "name one with --image")
    }
    guard r.image == nil || needsImage || expandsTimesteps else {
      throw Problem.usage("this model makes video from text alone; it takes no picture", fix: "leave --image out")
    }
    guard r.lastImage == nil || (r.image != nil && needsImage && r.frames > 1) else {
      throw Problem.usage(
        "a last picture goes with a first one, and with a model that takes both", at: "--last-image",
        fix: "use a first-and-last-frame model")
    }
    try high.config.check(
      frames: a.latentFrames(r.frames), height: r.height / a.space, width: r.width / a.space,
      channels: high.config.inChannels, at: folder)
  }

  /// Latent noise of the shape a request takes: [1,F,h,w,C].
  public func noise(_ r: Request, _ random: Random) -> Tensor {
    let a = autoencoder.config,
      x = Tensor(
        undefined: [1, a.latentFrames(r.frames), r.height / a.space, r.width / a.space, a.zDim], on: compute)
    random.fillNormal(x, .sample)
    return x
  }

  /// [1,512,E] of prompt and negative prompt: rows beyond the text are zero, and attended to.
  public func embeddings(_ r: Request) throws -> (prompt: Tensor, negative: Tensor) {
    let encoder = try T5Encoder(folder, products: products, on: compute)
    guard encoder.width == high.config.textDim else {
      throw Problem(
        "the text encoder gives \(encoder.width) features, the transformer takes \(high.config.textDim)", at: folder,
        fix: "use the text encoder that belongs to it")
    }
    return (try encoder.encode([r.prompt]).tokens, try encoder.encode([r.negative]).tokens)
  }

  /// What an image encoder makes of the pictures, [1,S,imageDim]; nil for a model that takes none.
  public func imageTokens(_ r: Request) throws -> Tensor? {
    guard high.config.imageDim != nil, let image = r.image else { return nil }
    guard Disk.isFolder(folder + "/image_encoder") else {
      throw Problem(
        "the model looks at its picture through an image encoder, and there is none", at: folder + "/image_encoder",
        fix: "get the pipeline again, with its image_encoder")
    }
    return try CLIPVisionTower(folder, on: compute)
      .tokens([image, r.lastImage].compactMap { $0 }, height: r.height, width: r.width, on: compute)
  }

  /// Draws latents, normalised as the transformer has them.
  /// - Parameters:
  ///   - noise: [1,F,h,w,C].
  ///   - prompt, negative: [1,L,E].
  ///   - imageTokens: see there.
  ///   - onStep: called after each step with (done, steps).
  public func latents(
    _ r: Request, noise: Tensor, prompt: Tensor, negative: Tensor, imageTokens: Tensor?,
    onStep: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Tensor {
    try check(r)
    var scheduler = schedule.scheduler(steps: r.steps), x = noise
    let condition = needsImage ? pictureChannels(r) : nil
    let first = expandsTimesteps && !needsImage ? r.image.map { firstLatent($0, r) } : nil
    let patch = high.config.patchSize, groups = x.shape[1] / patch[0]
    for (i, t) in scheduler.timesteps.enumerated() {
      let isHigh = boundary.map { Double(t) >= $0 * levels } ?? true, expert = isHigh ? high : low ?? high
      let guidance = isHigh ? r.guidance : r.lowGuidance ?? r.guidance
      var seen = x
      // A clean first frame has level 0; a level a latent frame is a level a group of tokens.
      var times = Tensor([t], [1, 1], on: compute)
      if let first {
        seen = Self.replacingFirst(x, first)
        times = Tensor([0] + [Float](repeating: t, count: groups - 1), [1, groups], on: compute)
      }
      if let condition { seen = Autoencoder.beside(x, condition) }
      let model = expert.model, image = expert.config.imageDim == nil ? nil : imageTokens
      var v = model(seen, timesteps: times, text: prompt, image: image)
      if guidance > 1 {
        let v0 = model(seen, timesteps: times, text: negative, image: image)
        v0.scaleAndAdd(Float(1 - guidance), Float(guidance), v)
        v = v0
      }
      x = scheduler.step(v, at: i, x)
      try onStep(i + 1, r.steps)
    }
    return first.map { Self.replacingFirst(x, $0) } ?? x
  }

  /// Frames of latents, plain pixels in [−1, 1]: [1,T,H,W,3].
  public func pixels(_ latents: Tensor) -> Tensor {
    autoencoder.unfolded(autoencoder.decode(autoencoder.denormalised(latents)))
  }

  /// The same as bytes: T·H·W·3.
  public func bytes(_ latents: Tensor) -> [UInt8] {
    preview?.bytes(latents) ?? autoencoder.bytes(autoencoder.decode(autoencoder.denormalised(latents)))
  }

  // MARK: pictures

  /// The picture's own latent frame [1,1,h,w,C], normalised.
  private func firstLatent(_ image: [Float], _ r: Request) -> Tensor {
    autoencoder.latents(showing: [(0, image)], frames: 1, height: r.height, width: r.width, on: compute)
  }

  /// What stands beside the noise: [1,F,h,w,4+C].
  private func pictureChannels(_ r: Request) -> Tensor {
    var given: [Autoencoder.Placed] = r.image.map { [(0, $0)] } ?? []
    if let last = r.lastImage { given.append((r.frames - 1, last)) }
    let latents = autoencoder.latents(
      showing: given, frames: r.frames, height: r.height, width: r.width, on: compute)
    return autoencoder.channels(latents, given: given.map(\.frame))
  }

  private static func replacingFirst(_ x: Tensor, _ first: Tensor) -> Tensor {
    let y = x.copy()
    y.withElements { to in first.withElements { from in for i in from.indices { to[i] = from[i] } } }
    return y
  }
}
