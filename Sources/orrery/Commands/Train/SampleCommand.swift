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

struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Make video: from noise, from a picture, or continuing a clip.",
    discussion: "example: orrery sample RUN --clip data.h5 --clip-id ID --unsigned own-work --frames 48")
  @Argument(help: "A run (folder, name or hash prefix) or an exported model's folder.") var model: String
  @Option(help: "Where the mp4 files and the contact sheet go.") var out = "samples"
  @Option(help: "Videos to make.") var count = 4
  @Option(help: "Frames of each; default: the training length. More goes on window by window.") var frames: Int?
  @Option(help: "Caption.") var caption: String?
  @Option(help: "Folder of the text encoder, for an export trained with one.") var textEncoder: String?
  @Option(help: "Dataset to continue a clip of; name the clip with --clip-id.") var clip: String?
  @Option(help: "The clip's id.") var clipId: String?
  @Option(help: "Video to continue.") var video: String?
  @Option(help: "Picture to begin with.") var image: String?
  @Option(help: "Frames given.") var prefix: Int?
  @Option(help: "Frames each further window is given.") var context: Int?
  @Option(help: "Consent manifest for the footage given.") var manifest: String?
  @Option(help: "A basis accepted unsigned, such as own-work; repeat for several.") var unsigned: [Basis] = []
  @Option(help: "What may condition the model although no manifest lists it: text_embedding.")
  var unvouched: [UnvouchedPart] = []
  @OptionGroup var trust: TrustOptions
  @Option(help: "Purpose, such as research or film; docs/CONSENT.md has the list.") var purpose = "research"
  @Option(help: "Sampling steps.") var steps = 20
  @Option(help: "euler or heun.") var solver: SamplerSettings.Solver = .euler
  @Option(help: "Guidance scale; 1 is off.") var guidance = 1.0
  @Option(
    help: "full: all frames at once; framewise: one group after another; pyramid: each group a step behind the last.")
  var order: SamplingPlan.Order = .full
  @Option(help: "Key of the noise.") var seed = 0
  @Option(help: "Weights: ema or raw.") var weights: WeightsChoice = .ema
  @OptionGroup var data: DataOption
  @OptionGroup var decode: DecodeOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    guard (1...10_000).contains(steps) else {
      throw Problem.usage("\(steps) sampling steps", at: "--steps", expected: "1 to 10,000")
    }
    guard (0...100).contains(guidance) else {
      throw Problem.usage("the guidance scale is \(guidance)", at: "--guidance", expected: "0 to 100; 1 is off")
    }
    guard seed >= 0 else { throw Problem.usage("the seed is \(seed)", at: "--seed", expected: "0 or more") }
    var opened = try ModelReference.open(
      model, runs: runs.runs, moved: data.data, weights: weights, on: try common.compute())
    if let textEncoder {
      guard opened.model.spec.captions.kind != .hashed else {
        throw Problem.usage(
          "the model's captions are hashed words", at: "--text-encoder", fix: "leave it out")
      }
      opened.model = opened.model.reading(textEncoder: textEncoder)
    }
    let origin = try CredentialOrigin(
      model, name: opened.name, weightsHash: opened.weightsHash, run: opened.run, weights: weights,
      audit: opened.audit)
    for line in origin.withdrawn.lines { common.console.note("note: " + line) }
    let videos = try CredentialedVideo(origin)
    let source = try SampleSource.read(clip: clip, id: clipId, video: video, image: image)
    if source == nil, prefix != nil {
      throw Problem.usage("--prefix was given without footage", fix: "name it with --clip, --video or --image")
    }
    var request = try ConsentRequest(action: .evaluate, purpose: purpose, unsignedBases: Set(unsigned)).checked()
    request.unvouched = Set(unvouched)
    let given = try source.map {
      try Conditioning(
        $0, for: opened.model, frames: prefix, manifest: manifest, files: trust.files, request: request,
        recordedIn: EvaluationLedger(run: opened.run, model: opened.weightsHash), limits: decode.limits)
    }
    let sampling = Sampling(
      count: count, frames: frames, seed: seed,
      settings: .init(solver: solver, steps: steps, guidance: guidance, order: order), caption: caption,
      context: context)
    let result = try sampling.run(opened.model, given: given, to: out, name: opened.name, videos, common.console)
    try common.console.result(
      result.value,
      "wrote \(Text.counted(result.videos.count, "video")) of \(Text.counted(result.frames, "frame")) to \(out), and \(result.sheet)"
    )
    common.console.next(["score", result.videos[0]])
  }
}

extension SamplerSettings.Solver: ExpressibleByArgument {}
extension SamplingPlan.Order: ExpressibleByArgument {}
