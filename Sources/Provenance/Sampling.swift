import Clips
import Credentials
import Diffusion
import Files
import Foundation
import Frames
import Media
import Models
import Tensors

/// `orrery sample`: video from noise, from a picture, or continuing a clip; past the training length it goes on window
/// by window.
public struct Sampling {
  public var count: Int
  /// Frames of each video; nil is the training length.
  public var frames: Int?
  public var seed: Int
  public var settings: SamplerSettings
  public var caption: String?
  /// Frames each further window is given; nil takes what the model was trained with.
  public var context: Int?
  /// What a model that takes actions is told; nil: the clip's own, where one is given that has them.
  package var actions: ClipActions?

  public init(count: Int, frames: Int?, seed: Int, settings: SamplerSettings, caption: String?, context: Int?) {
    (self.count, self.frames, self.seed, self.settings, self.caption, self.context) = (
      count, frames, seed, settings, caption, context
    )
  }

  /// Files written, and what they are.
  public struct Result: Sendable {
    public let videos: [String]
    public let sheet: String
    public let frames: Int
    public var value: Value {
      ["videos": .array(videos.map { .string($0) }), "sheet": .string(sheet), "frames": Value(frames)]
    }
  }

  /// How many frames can be given: whole groups, fewer than a window.
  public static func prefix(_ wanted: Int?, _ spec: WorldModel.Spec) throws -> Int {
    let frames = wanted ?? max(spec.frames(of: 1), spec.context)
    guard frames > 0, spec.isWhole(frames), frames < spec.frames, !spec.takesPictures || frames == 1 else {
      throw Problem.usage(
        "\(frames) given frames do not fit", at: "--prefix",
        expected: spec.takesPictures ? "1: the model is given a picture" : "\(spec.wholeWords) below \(spec.frames)")
    }
    return frames
  }

  /// Frames of each video.
  package func length(_ spec: WorldModel.Spec) -> Int { frames ?? spec.frames }

  /// - Parameters:
  ///   - given: footage the videos go on from; its use is recorded before anything is sampled or written.
  ///   - videos: where they are written and signed.
  public func run(
    _ model: WorldModel, given: Conditioning?, to folder: String, name: String, _ videos: CredentialedVideo,
    _ console: Console
  ) throws -> Result {
    let spec = model.spec, total = length(spec), step = context ?? max(spec.frames(of: 1), spec.context)
    guard (1...1024).contains(count) else {
      throw Problem.usage("\(count) samples", expected: "1 to 1024", fix: "draw them in several calls")
    }
    guard (1...1_000_000).contains(total) else { throw Problem.usage("\(total) frames", expected: "1 to 1,000,000") }
    guard !spec.takesPictures || given != nil else {
      throw Problem.usage(
        "this model begins with a picture, and none was given", fix: "name one with --image, or a clip with --clip")
    }
    guard !spec.takesPictures || !spec.pictures.takesLast else {
      throw Problem.usage(
        "the model was trained with the first and the last picture of a clip, and here only the first can be given",
        fix: "export its adapter, and sample with the pipeline of its base: "
          + Shell.orrery(["sample", "PIPELINE", "--image", "A", "--last-image", "B", "--lora", "FILE"]))
    }
    guard spec.isWhole(step), step < spec.frames, step > 0, !spec.takesPictures || step == 1 else {
      throw Problem.usage(
        "\(step) frames of context do not fit", at: "--context", expected: "\(spec.wholeWords) below \(spec.frames)"
      )
    }
    guard spec.takesActions || settings.actionGuidance == 1 else {
      throw Problem.usage(
        "the model takes no actions, so nothing guides by them", at: "--action-guidance", fix: "leave it out")
    }
    guard let fps = FrameRate(parsing: spec.fps) else {
      throw Problem("the model's frame rate '\(spec.fps)' cannot be read")
    }
    let prefixes = try given.map { Array(repeating: try $0.recordedFrames().pixels, count: count) } ?? []
    try Disk.makeFolder(folder)
    let captions = Array(repeating: caption ?? given?.caption, count: count)
    let room = spec.captions.tokens * spec.captions.width,
      own = given?.embedding.flatMap { spec.captions.isGiven && $0.count == room ? $0 : nil }
    let embeddings = own.map { values in
      Tensor(
        (0..<count).flatMap { _ in values }, [count, spec.captions.tokens, spec.captions.width], on: model.compute)
    }
    if spec.captions.isGiven, own == nil, captions.contains(where: { $0 != nil }) {
      console.note("note: the model was trained on embeddings its data brought, so the caption is not used")
    }
    let tracks = try tracks(spec, given, total, console)
    let windows = console.progress("sampling \(count) × \(total) frames", total: total)
    let made = try model.rollout(
      prefixes: prefixes, captions: captions, embeddings: embeddings, actions: tracks, frames: total, context: step,
      settings,
      Random(seed: UInt64(seed))
    ) { done, _ in windows.update(done) }
    let clips = made.map { spec.frames($0, fps: fps) }
    let ingredients = try given.map { [try videos.ingredient($0)] } ?? []
    let facts: [Value.Field] = [
      .init("seed", Value(seed)), .init("sampler", settings.value),
      .init("given_frames", Value(given?.count ?? 0)),
    ]
    let paths = try clips.enumerated().map { i, clip in
      try videos.writeSample(
        clip, index: i, seed: seed, name: name, in: folder, footage: ingredients, facts: facts)
    }
    let sheet = "\(folder)/\(name)-seed\(seed).png", shown = given?.count ?? 0
    let columns = min(16, total), labels = ContactSheet.labels(total, columns).map { $0 < shown ? "given" : String($0) }
    try ContactSheet(
      title: "\(name)  seed \(seed)" + (caption.map { "  \($0)" } ?? ""),
      rows: clips.enumerated().map { .init("#\($0)", $1) }, columns: columns,
      zoom: max(1, 96 / spec.width), columnLabels: labels
    ).write(to: sheet)
    return Result(videos: paths, sheet: sheet, frames: total)
  }
}

extension Sampling {
  /// The actions of every sample; none of a model that takes none.
  private func tracks(
    _ spec: WorldModel.Spec, _ given: Conditioning?, _ total: Int, _ console: Console
  ) throws -> [ActionTrack] {
    guard spec.takesActions else { return [] }
    let own = try (actions == nil ? given : nil)?.actions.map { own in
      ClipActions(
        space: try spec.space(
          ofColumns: own.columns, units: own.units, fps: own.fps, at: given?.admission.datasetPath ?? "--clip"
        ).name,
        rows: own.rows)
    }
    guard var told = actions ?? own else {
      console.note("note: no actions are given, so the model does what it likes; --actions tells it")
      return []
    }
    if told.rows.count < total - 1 {
      console.note(
        "note: there are actions for \(Text.counted(told.rows.count + 1, "frame")) of \(total); behind them none is given"
      )
      let none = [Float](repeating: .nan, count: try spec.space(told.space, at: "--actions").columns.count)
      told.rows += Array(repeating: none, count: total - 1 - told.rows.count)
    }
    let track = try spec.track(told, frames: total, at: actions == nil ? "the clip" : "--actions")
    return Array(repeating: track, count: count)
  }
}

extension ContactSheet {
  /// Frame numbers a row of `count` frames shows in `columns` places: evenly spaced, first and last included.
  package static func labels(_ count: Int, _ columns: Int) -> [Int] {
    columns >= count
      ? Array(0..<count)
      : (0..<columns).map { columns == 1 ? 0 : ($0 * (count - 1) + (columns - 1) / 2) / (columns - 1) }
  }
}
