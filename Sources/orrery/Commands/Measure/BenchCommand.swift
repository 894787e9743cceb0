import ArgumentParser
import Bench
import Files
import Lab
import Provenance
import Runs
import Worlds

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Let a model continue held-out scenes, and measure it beside its controls.",
    discussion: """
      Stopped at any moment, the same command goes on with the next instance.
      Scenes are ours, falling discs and the like. A model trained on other footage never saw any, so for it they have to \
      be asked for: --suite, --scenario or --unseen-scenes.
      """)
  @Argument(help: "A run (folder, name or hash prefix) or an exported model's folder.") var model: String
  @Option(
    help:
      "physics-tiny (held-out draws of what the model was trained on) or wm-eval (every scenario and cell that fits the model's clips)."
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
    let job = try BenchJob(reference: model, runs: runs.runs, moved: data.data, options, on: try common.compute())
    let found = try job.run(console)
    try console.result(job.summary(found), found.text + "\n\nwrote \(job.path)")
    console.next(job.next(options: runs.words))
  }

  private var options: BenchOptions {
    BenchOptions(
      suite: suite ?? BenchOptions().suite, scenarios: scenario, cells: cell, count: count, isQuick: quick,
      weights: weights, steps: steps,
      seed: seed, samples: samples,
      takesUnseenScenes: unseenScenes || suite != nil, out: out)
  }
}

extension WeightsChoice: ExpressibleByArgument {}
