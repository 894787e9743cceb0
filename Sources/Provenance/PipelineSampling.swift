import Diffusion
import Files
import Foundation
import Frames
import Media
import Tensors

/// `orrery sample` of a whole pipeline's folder: videos from a prompt, and from pictures where the model takes them.
public struct PipelineSampling: Sendable {
  public let request: WanPipeline.Request
  public let count: Int, seed: Int
  /// Frames a second of what is written.
  public let fps: Int

  public init(_ request: WanPipeline.Request, count: Int, seed: Int, fps: Int) {
    (self.request, self.count, self.seed, self.fps) = (request, count, seed, fps)
  }

  /// What the family's models were trained at.
  public static func rate(_ pipeline: WanPipeline) -> Int { pipeline.expandsTimesteps ? 24 : 16 }

  /// A picture's colours in 0…1, as a request has them.
  public static func picture(_ given: Conditioning) throws -> [Float] {
    try given.recordedFrames().pixels.map { Float($0) / 255 }
  }

  /// - Throws: `Problem` (usage) when it cannot be made: before any picture is used.
  public func check(_ pipeline: WanPipeline) throws {
    guard (1...1024).contains(count) else {
      throw Problem.usage("\(count) samples", expected: "1 to 1024", fix: "draw them in several calls")
    }
    try pipeline.check(request)
  }

  /// - Parameters:
  ///   - given: pictures the videos begin or end with; their use has been recorded.
  ///   - videos: where they are written and signed, each when it is made.
  public func run(
    _ pipeline: WanPipeline, given: [Conditioning], to folder: String, name: String, _ videos: CredentialedVideo,
    _ console: Console
  ) throws -> Sampling.Result {
    try check(pipeline)
    try Disk.makeFolder(folder)
    let reading = console.progress("reading the prompt", total: 1)
    let (prompt, negative) = try pipeline.embeddings(request), pictures = try pipeline.imageTokens(request)
    reading.update(1)
    let steps = console.progress(
      "sampling \(count) × \(request.frames) frames at \(request.width)×\(request.height)",
      total: count * request.steps)
    let ingredients = try given.map { try videos.ingredient($0) }
    let facts: [Value.Field] = [
      .init("seed", Value(seed)), .init("prompt", .string(request.prompt)),
      .init("negative_prompt", .string(request.negative)), .init("steps", Value(request.steps)),
      .init("guidance", .number(request.guidance)),
      .init("guidance_low", request.lowGuidance.map { .number($0) } ?? .null),
      .init("scheduler", .string(pipeline.schedule.solver.rawValue)),
      .init("flow_shift", .number(pipeline.schedule.shift)),
      .init("parts", .object(pipeline.parts.map { .init($0.name, .string($0.hash)) })),
    ]
    // Of every video no more is kept than the sheet shows.
    let columns = min(8, request.frames), shown = ContactSheet.labels(request.frames, columns)
    var paths: [String] = [], rows: [ContactSheet.Row] = []
    for i in 0..<count {
      let latents = try pipeline.latents(
        request, noise: pipeline.noise(request, Random(seed: UInt64(seed), lane: i)), prompt: prompt,
        negative: negative, imageTokens: pictures
      ) { done, all in steps.update(i * all + done) }
      let clip = Frames(
        count: request.frames, height: request.height, width: request.width, pixels: pipeline.bytes(latents),
        fps: FrameRate(fps))
      paths.append(
        try videos.writeSample(
          clip, index: i, seed: seed, name: name, in: folder, footage: ingredients, facts: facts))
      rows.append(
        .init(
          "#\(i)",
          Frames(
            count: columns, height: clip.height, width: clip.width,
            pixels: shown.flatMap { Array(clip[$0..<$0 + 1].pixels) }, fps: clip.fps)))
    }
    let sheet = "\(folder)/\(name)-seed\(seed).png"
    try ContactSheet(
      title: "\(name)  seed \(seed)  \(request.prompt.prefix(80))", rows: rows, columns: columns,
      zoom: max(1, 96 / request.width), columnLabels: shown.map { String($0) }
    ).write(to: sheet)
    return Sampling.Result(videos: paths, sheet: sheet, frames: request.frames)
  }
}
