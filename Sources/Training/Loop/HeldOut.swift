import Clips
import Consent
import Diffusion
import Files
import Frames
import Ledger
import Measures
import Models
import Nets
import Runs
import Tensors

/// Loss on validation clips at fixed noise levels with fixed noise: comparable from step to step, and between runs on
/// the same data. Nine levels, evenly through the range that is trained, each clip seen at every one.
public struct HeldOut {
  /// Clips looked at unless an experiment's entry says otherwise.
  package static let limit = 32
  /// σ = 0.1 … 0.9 of the range.
  public let sigmas: [Float]

  private struct Clip {
    let index: Int
    var admission: Admission
    let latents: Tensor, text: Tensor, picture: PictureCondition?
    /// Of a model that takes actions.
    let track: ActionTrack?
  }
  private var clips: [Clip]
  private let source: ClipSource
  private let prefix: Int
  public var count: Int { clips.count }
  /// Their actions, of a model that takes them.
  var tracks: [ActionTrack] { clips.compactMap(\.track) }

  /// - Parameters:
  ///   - limit: most clips used, the first in the file's order.
  ///   - captions: makes their vectors.
  ///   - levels: the range they are drawn from in training.
  package init(
    _ source: ClipSource, _ spec: WorldModel.Spec, _ latents: ClipLatents, _ captions: CaptionVectors,
    levels: NoiseLevels, limit: Int, on compute: Compute
  ) throws {
    sigmas = (1...9).map {
      Float(levels.isPartial ? levels.low + (levels.high - levels.low) * Double($0) / 10 : Double($0) / 10)
    }
    clips = try (0..<min(limit, source.items.count)).map { i in
      let clip = try source.evaluation(i)
      let own = [(clip.frames.pixels, clip.admission)]
      let text = try source.textEmbedding(i) ?? captions.values(clip.caption)
      return Clip(
        index: i, admission: clip.admission, latents: try latents(own),
        text: Tensor(text, [1, spec.captions.tokens, spec.captions.width], on: compute),
        picture: try latents.pictures(own),
        track: spec.takesActions
          ? try spec.track(clip.actions, frames: spec.frames, at: clip.admission.clip) : nil)
    }
    prefix = spec.cleanGroups(given: spec.context)
    self.source = source
  }

  /// Leaves out clips whose grant for evaluating has ended, or is not in `gates`. The others keep their noise.
  /// - Returns: names of those that left.
  package mutating func keep(_ gates: [Gate]?, at time: Moment) -> [String] {
    let now = HeldOutConsent(gates, source, at: time).kept(clips, \.index, \.admission)
    clips = now.clips
    return now.left
  }

  /// The consent documents as they stand now.
  package func gates(_ experiment: Experiment, at time: Moment) throws -> [Gate] {
    try ConsentDocuments(experiment, source.datasets).gates(.evaluate, at: time)
  }

  /// The velocity losses of the first `limit` clips, with the prefix clean as in continuing. That they were looked at
  /// is in the ledger before they are.
  /// - Parameter step: steps done.
  package func losses(
    _ spec: WorldModel.Spec, _ parameters: Parameters, limit: Int = .max, step: Int, recordedIn books: Bookkeeping
  ) throws -> HeldOutLosses {
    try record(limit: limit, step: step, in: books)
    return losses(spec, parameters, limit: limit) { clips[$0].track }
  }

  /// That the first `limit` clips are looked at.
  func record(limit: Int, step: Int, in books: Bookkeeping) throws {
    try books.record(
      evaluation: .heldOut, step: step, of: clips.prefix(limit).map { ($0.admission, source.window) })
  }

  /// The same with other actions, of a model that takes them.
  /// - Parameters:
  ///   - places: of the levels that are looked at; nil: all.
  ///   - track: what each clip is given instead of its own, by its place.
  func losses(
    _ spec: WorldModel.Spec, _ parameters: Parameters, limit: Int, at places: Range<Int>? = nil,
    _ track: (Int) -> ActionTrack?
  ) -> HeldOutLosses {
    let places = places ?? sigmas.indices
    let model = WorldTransformer(spec.transformer, parameters),
      objective = Objective(spec.objective.prediction, floor: 0.001)
    return HeldOutLosses(
      sigmas: Array(sigmas[places]),
      clips: clips.prefix(limit).enumerated().map { place, clip in
        let actions = spec.actionInputs(track(place).map { [$0] } ?? [], on: clip.latents.compute)
        return places.map { (offset: $0, element: sigmas[$0]) }.map { level in
          let noise = Tensor(undefined: clip.latents.shape, on: clip.latents.compute)
          Random(seed: 0x5EED, step: clip.index, lane: level.offset).fillNormal(noise, .evaluation)
          let context = (0..<spec.groups).map { $0 < prefix }
          let levels = Levels(
            batch: 1, groups: spec.groups, sigma: context.map { $0 ? 0 : level.element }, context: context)
          let noisy = objective.corrupt(clip.latents, noise, levels)
          let y = model(
            clip.picture?.beside(noisy.x) ?? noisy.x, timesteps: noisy.timesteps, text: clip.text,
            image: clip.picture?.tokens, actions: actions)
          return Double(WeightedMSE()(y, noisy.target, noisy.weight).values[0])
        }
      })
  }
}

/// Held-out losses clip by clip and level by level.
public struct HeldOutLosses: Sendable, Equatable {
  /// What tables and logs call their mean.
  public static let metric = "held_out_loss"
  public static let unit = MetricUnit.meanSquaredVelocityError.rawValue

  public let sigmas: [Float]
  /// [clips][levels], in the order of `sigmas`.
  public let clips: [[Double]]

  /// Each clip's mean over the levels.
  public var means: [Double] { clips.map { $0.reduce(0, +) / Double($0.count) } }

  /// The mean over clips and levels.
  public var mean: Double { means.reduce(0, +) / Double(means.count) }

  /// Each noise level with its 95 % bootstrap interval over clips.
  package var levels: [RunEvent.Level] {
    sigmas.enumerated().map { i, sigma in
      let own = clips.map { $0[i] }, ends = Bootstrap.interval(Strata(own), draws: 2000)
      // 0.1 as it is printed, not as the nearest Float is.
      return RunEvent.Level(
        sigma: Double("\(sigma)") ?? Double(sigma), loss: own.reduce(0, +) / Double(own.count), low: ends?.low,
        high: ends?.high)
    }
  }

  /// Each clip's mean over each third of the levels: [3][clips].
  private var ranges: [[Double]] {
    let n = RunEvent.HeldOutLoss.rangeNames.count, size = sigmas.count / n
    return (0..<n).map { r in clips.map { $0[r * size..<(r + 1) * size].reduce(0, +) / Double(size) } }
  }

  /// For the log, after `step` steps.
  package func event(_ step: Int) -> RunEvent.HeldOutLoss {
    RunEvent.HeldOutLoss(step: step, loss: mean, losses: means, levels: levels, ranges: ranges)
  }
}
