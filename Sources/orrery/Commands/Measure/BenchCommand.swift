import ArgumentParser
import Bench
import Files
import Lab
import LearnedMeasures
import Provenance
import Runs
import Worlds

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Let a model continue held-out scenes, and measure it beside its controls.",
    discussion: """
      Stopped at any moment, the same command goes on with the next instance.
      A model trained on scenes of ours, falling discs and the like, is asked such scenes; one trained on footage the \
      validation clips of that, or with --data FILE.h5 all clips of another file but those it was trained on.
      A folder of videos that were made elsewhere is held against the clips they are named after: --data FILE.h5, or \
      --like RUN for the windows a run is asked, which 'orrery compare RUN FOLDER' then sets side by side.
      """)
  @Argument(help: "A run (folder, name or hash prefix), an exported model's folder, or a folder of videos.") var model:
    String
  @Option(
    help:
      "physics-tiny (held-out draws of scenes the model was trained on), wm-eval (every scenario and cell that fits its clips) or footage (held-out clips). Default: what it was trained on."
  ) var suite: String?
  @Flag(help: "Bench on scenes of ours although the model was trained on other footage.") var unseenScenes = false
  @Option(help: "Scenario; repeat for several. Default: the suite's.") var scenario: [String] = []
  @Option(
    help:
      "Cell: which ranges scenes are drawn from, such as id-val or ood-r-lo; repeat for several, or 'all'. Default: the suite's."
  ) var cell: [String] = []
  @Option(help: "Instances a scenario and cell; default: the suite's (96; wm-eval 100).") var count: Int?
  @Flag(help: "The suite's quick tier: 16 instances a scenario and cell.") var quick = false
  @Option(help: "Weights: ema or raw.") var weights = BenchOptions().weights
  @Option(help: "Sampling steps; default: the experiment's.") var steps: Int?
  @Option(help: "Key of the sampling noise.") var seed = BenchOptions().seed
  @Option(
    help:
      "Samples an instance, with keys seed, seed + 1, …: the mean is reported, and the best of them in a row of its own."
  ) var samples = BenchOptions().samples
  @Flag(help: "Footage: ask of clips, too, that the model was trained on.") var seen = false
  @Option(help: "Instead of --count: as many instances as can be sampled in so many hours.") var hours: Double?
  @Option(help: "Footage: most gigabytes kept beside the runs of what a base makes; 0 keeps nothing.") var cacheGb =
    20.0
  @OptionGroup var features: FeaturesOption
  @Flag(help: "Footage: measure LPIPS on VGG16 too (lpips_vgg), some three times the work of AlexNet.") var lpipsVgg =
    false
  @OptionGroup(title: "Videos made elsewhere") var films: FilmOptions
  @OptionGroup(title: "Footage that no run asks for") var terms: TermsOptions
  @Option(help: "Where to write the result; default: bench/ in the run's folder.") var out: String?
  @Option(help: "Folder of the autoencoder a model works in the latents of, where it lies now.") var autoencoder:
    String?
  @OptionGroup var adapters: AdapterOption
  @OptionGroup var data: DataOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let console = common.console
    var options = options
    options.adapters = try adapters.choices()
    options.autoencoder = autoencoder
    // OLD=NEW says where data moved; a path alone is footage to bench on.
    let files = data.data.filter { !$0.contains("=") }
    guard files.count < 2 else {
      throw Problem.usage("\(files.count) files of footage", at: "--data", expected: "one")
    }
    (options.footage, options.takesSeenClips, options.hours) = (files.first, seen, hours)
    (options.features, options.asksVGG) = (try features.folder(console), lpipsVgg)
    guard (0...1e6).contains(cacheGb) else {
      throw Problem.usage("\(cacheGb) gigabytes", at: "--cache-gb", expected: "0 to 1,000,000")
    }
    options.cacheBytes = Int(cacheGb * 1e9)
    (options.like, options.frames, options.given, options.limits) = (
      films.like, films.frames, films.given, films.decode.limits
    )
    options.loose = terms.footage
    let moved = data.data.filter { $0.contains("=") }, isFilms = isFilms
    guard isFilms || films.isEmpty else {
      throw Problem.usage(
        "this is no folder of videos", at: model, expected: "mp4, mov, mkv, webm, avi or gif files in it",
        fix: "leave --like, --frames and --given out")
    }
    let job =
      try isFilms
      ? BenchJob(films: model, runs: runs.runs, moved: moved, options, on: common.compute())
      : BenchJob(reference: model, runs: runs.runs, moved: moved, options, on: common.compute())
    let found = try job.run(console)
    try console.result(job.summary(found), found.text + "\n\nwrote \(job.path)")
    console.next(job.next(options: runs.words))
  }

  private var isFilms: Bool {
    !Disk.exists(model + "/run.json") && !ExportedModel.isOne(model) && FilmFolder.isOne(model)
  }

  private var options: BenchOptions {
    BenchOptions(
      suite: suite, scenarios: scenario, cells: cell, count: count, isQuick: quick,
      weights: weights, steps: steps,
      seed: seed, samples: samples,
      takesUnseenScenes: unseenScenes || suite != nil, out: out)
  }
}

/// Of videos that were made elsewhere.
struct FilmOptions: ParsableArguments {
  @Option(help: "The run whose windows they answer: named CLIP.mp4, or CLIP@FRAME.mp4 where a clip has several.")
  var like: String?
  @Option(help: "Frames of each that are looked at. Default: all of the first one.") var frames: Int?
  @Option(help: "Frames they begin with that were given. Default: 1.") var given: Int?
  @OptionGroup var decode: DecodeOption

  var isEmpty: Bool { like == nil && frames == nil && given == nil }
}

extension WeightsChoice: ExpressibleByArgument {}
