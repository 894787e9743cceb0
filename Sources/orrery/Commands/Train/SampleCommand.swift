import ArgumentParser
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Media
import Models
import Provenance
import Runs
import Tensors

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Make video: from noise, from a picture, or continuing a clip.",
    discussion:
      """
      example: orrery sample RUN --clip data.h5 --clip-id ID --unsigned own-work --frames 48
      example: orrery sample Wan2.1-T2V-1.3B-Diffusers --prompt "rain on a street" --width 416 --height 240 --frames 17
      """
  )
  @Argument(
    help: "A run (folder, name or hash prefix), an exported model's folder, or a Wan pipeline's as diffusers has it.")
  var model: String
  @Option(help: "Where the mp4 files and the contact sheet go.") var out = "samples"
  @Option(help: "Videos to make; default: 4, of a pipeline 1.") var count: Int?
  @Option(help: "Frames of each; default: the training length. More goes on window by window.") var frames: Int?
  @Option(help: "Caption.") var caption: String?
  @OptionGroup var pipeline: PipelineOptions
  @Option(help: "Folder of the text encoder, for an export trained with one.") var textEncoder: String?
  @Option(help: "Folder of the autoencoder, for an export trained on its latents.") var autoencoder: String?
  @Option(help: "A tiny autoencoder (TAEHV's layout) to decode with instead, for a quick look.") var preview: String?
  @Option(help: "Dataset to continue a clip of; name the clip with --clip-id.") var clip: String?
  @Option(help: "The clip's id.") var clipId: String?
  @Option(help: "Video to continue.") var video: String?
  @Option(help: "Picture to begin with.") var image: String?
  @Option(help: "Frames given.") var prefix: Int?
  @Option(help: "Frames each further window is given.") var context: Int?
  @Option(
    help: "What the model is told to do: a CSV file or a NumPy array, a row a frame, or words such as 'w*8,a+w*4,.*2'.")
  var actions: String?
  @Option(help: "Which of the model's action spaces they belong to.") var actionSpace: String?
  @Option(help: "Guidance on actions, apart from text; 1 is off.") var actionGuidance = 1.0
  @OptionGroup var terms: TermsOptions
  @Option(help: "Sampling steps; default: 20, of a pipeline 50.") var steps: Int?
  @Option(help: "euler or heun.") var solver: SamplerSettings.Solver = .euler
  @Option(help: "Guidance scale; 1 is off. Default: 1, of a pipeline 5.") var guidance: Double?
  @Option(
    help: "full: all frames at once; framewise: one group after another; pyramid: each group a step behind the last.")
  var order: SamplingPlan.Order = .full
  @Option(help: "Key of the noise.") var seed = 0
  @Option(help: "Weights: ema or raw.") var weights: WeightsChoice = .ema
  @OptionGroup var adapters: AdapterOption
  @OptionGroup var data: DataOption
  @OptionGroup var decode: DecodeOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let isPipeline = WanPipeline.isOne(model), steps = steps ?? (isPipeline ? 50 : 20),
      guidance = guidance ?? (isPipeline ? 5 : 1)
    guard (1...10_000).contains(steps) else {
      throw Problem.usage("\(steps) sampling steps", at: "--steps", expected: "1 to 10,000")
    }
    guard (0...100).contains(guidance) else {
      throw Problem.usage("the guidance scale is \(guidance)", at: "--guidance", expected: "0 to 100; 1 is off")
    }
    guard (0...100).contains(actionGuidance) else {
      throw Problem.usage(
        "the guidance scale is \(actionGuidance)", at: "--action-guidance", expected: "0 to 100; 1 is off")
    }
    guard seed >= 0 else { throw Problem.usage("the seed is \(seed)", at: "--seed", expected: "0 or more") }
    if isPipeline { return try runPipeline(steps: steps, guidance: guidance) }
    try pipeline.requireNone(model)
    var opened = try ModelReference.open(
      model, runs: runs.runs, moved: data.data, weights: weights, adapters: adapters.choices(),
      autoencoder: autoencoder,
      on: try common.compute())
    if let textEncoder {
      guard opened.model.spec.captions.kind != .hashed else {
        throw Problem.usage(
          "the model's captions are hashed words", at: "--text-encoder", fix: "leave it out")
      }
      opened.model = opened.model.reading(textEncoder: textEncoder)
    }
    if let preview { opened.model = try opened.model.previewing(with: preview) }
    let origin = try CredentialOrigin(
      model, name: opened.name, weightsHash: opened.weightsHash, run: opened.run, weights: weights,
      audit: opened.audit, adapters: opened.adapters, over: opened.base)
    for adapter in opened.adapters { common.console.note("note: " + adapter.text) }
    for line in origin.withdrawn.lines { common.console.note("note: " + line) }
    let videos = try CredentialedVideo(origin)
    let source = try SampleSource.read(clip: clip, id: clipId, video: video, image: image)
    if source == nil, prefix != nil {
      throw Problem.usage("--prefix was given without footage", fix: "name it with --clip, --video or --image")
    }
    let request = try terms.request()
    var settings = SamplerSettings(solver: solver, steps: steps, guidance: guidance, order: order)
    settings.actionGuidance = actionGuidance
    var sampling = Sampling(
      count: count ?? 4, frames: frames, seed: seed, settings: settings, caption: caption, context: context)
    sampling.actions = try actions.map { try ActionScript($0, opened.model.spec, space: actionSpace).actions }
    guard actions != nil || actionSpace == nil else {
      throw Problem.usage("--action-space was given without actions", fix: "name them with --actions")
    }
    // The last frame's leads to none that is made.
    let followed = actions == nil ? max(1, sampling.length(opened.model.spec)) - 1 : 0
    let given = try source.map {
      try Conditioning(
        $0, for: opened.model, frames: prefix, manifest: terms.manifest, files: terms.trust.files, request: request,
        actions: followed, recordedIn: EvaluationLedger(run: opened.run, model: opened.weightsHash),
        limits: decode.limits)
    }
    let result = try sampling.run(opened.model, given: given, to: out, name: opened.name, videos, common.console)
    try common.console.result(
      result.value,
      "wrote \(Text.counted(result.videos.count, "video")) of \(Text.counted(result.frames, "frame")) to \(out), and \(result.sheet)"
    )
    common.console.next(["score", result.videos[0]])
  }
}

extension SampleCommand {
  /// Of a whole pipeline's folder.
  private func runPipeline(steps: Int, guidance: Double) throws {
    guard clip == nil, clipId == nil, video == nil, prefix == nil, context == nil, textEncoder == nil,
      autoencoder == nil, data.data.isEmpty, actions == nil, actionSpace == nil, actionGuidance == 1
    else {
      throw Problem.usage(
        "a pipeline begins with text or pictures, and brings its own encoders",
        expected: "--prompt, --image, --last-image",
        fix: "leave --clip, --video, --prefix, --context, --text-encoder, --autoencoder, --actions and --data out")
    }
    guard solver == .euler, order == .full, weights == .ema else {
      throw Problem.usage(
        "a pipeline is drawn as its own scheduler has it", at: "--solver, --order, --weights",
        fix: "leave them out; the folder's scheduler/scheduler_config.json says what is done")
    }
    let (width, height) = (pipeline.width ?? 832, pipeline.height ?? 480)
    var request = WanPipeline.Request()
    (request.prompt, request.negative) = (pipeline.prompt ?? caption ?? "", pipeline.negative)
    (request.width, request.height) = (width, height)
    (request.frames, request.steps) = (frames ?? pipeline.usualFrames, steps)
    (request.guidance, request.lowGuidance) = (guidance, pipeline.guidanceLow)
    let high = try adapters.choices(), low = try pipeline.loraLow.map(AdapterChoice.init)
    let opened = try WanPipeline(
      model, products: pipeline.dtype ?? .f32, adapters: high, lowAdapters: low, on: try common.compute())
    if let preview { try opened.decode(with: preview) }
    let name = (Disk.absolute(model) as NSString).lastPathComponent, hash = opened.weightsHash
    let applied = try AppliedAdapter.found(high + low, runs: RunsFolder(path: runs.runs))
    let origin = try CredentialOrigin(
      model, name: name, weightsHash: hash, run: nil, adapters: applied, over: applied.isEmpty ? nil : hash)
    for adapter in applied { common.console.note("note: " + adapter.text) }
    let videos = try CredentialedVideo(origin), fps = PipelineSampling.rate(opened)
    let consent = try terms.request()
    for line in origin.withdrawn.lines { common.console.note("note: " + line) }
    // Checked before a picture is read, let alone recorded as used.
    let blank = [Float](repeating: 0, count: 0)
    (request.image, request.lastImage) = (image.map { _ in blank }, pipeline.lastImage.map { _ in blank })
    try PipelineSampling(request, count: count ?? 1, seed: seed, fps: fps).check(opened)
    let pictures = try [image, pipeline.lastImage].map { path in
      try path.map {
        try Conditioning(
          .image($0), frames: 1, width: width, height: height, fps: FrameRate(fps),
          manifest: terms.manifest, files: terms.trust.files, request: consent,
          recordedIn: EvaluationLedger(run: nil, model: hash), limits: decode.limits)
      }
    }
    request.image = try pictures[0].map(PipelineSampling.picture)
    request.lastImage = try pictures[1].map(PipelineSampling.picture)
    let result = try PipelineSampling(request, count: count ?? 1, seed: seed, fps: fps).run(
      opened, given: pictures.compactMap { $0 }, to: out, name: name, videos, common.console)
    try common.console.result(
      result.value,
      "wrote \(Text.counted(result.videos.count, "video")) of \(Text.counted(result.frames, "frame")) to \(out), and \(result.sheet)"
    )
    common.console.next(["score", result.videos[0]])
  }
}

/// What is asked of a whole pipeline.
struct PipelineOptions: ParsableArguments {
  @Option(help: "Pipelines: what to show.") var prompt: String?
  @Option(help: "Pipelines: what not to show.") var negative = ""
  @Option(help: "Pipelines: picture to end with.") var lastImage: String?
  @Option(help: "Pipelines: pixels of a row; default: 832.") var width: Int?
  @Option(help: "Pipelines: pixels of a column; default: 480.") var height: Int?
  @Option(help: "Pipelines: guidance of the low-noise expert.") var guidanceLow: Double?
  @Option(help: "Pipelines: what products multiply, f32 (default) or bf16.") var dtype: ElementType?
  @Option(help: "Pipelines: an adapter over the low-noise expert; repeat for several.") var loraLow: [String] = []

  var usualFrames: Int { 81 }

  /// - Throws: `Problem` when something was asked that only a pipeline knows.
  func requireNone(_ model: String) throws {
    guard prompt == nil, negative.isEmpty, lastImage == nil, guidanceLow == nil, loraLow.isEmpty,
      width == nil, height == nil, dtype == nil
    else {
      throw Problem.usage(
        "'\(model)' is no pipeline's folder, and takes no prompt", expected: "--caption, as it was trained with",
        fix: "name a folder with model_index.json, or say --caption")
    }
  }
}

extension SamplerSettings.Solver: ExpressibleByArgument {}
extension SamplingPlan.Order: ExpressibleByArgument {}
