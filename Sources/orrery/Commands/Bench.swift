import ArgumentParser
import Diffusion
import Files
import Lab

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "bench", abstract: "Let a model continue held-out scenes, and measure it beside its controls.")
  @Argument(help: "A run (folder, name or hash prefix) or an exported model's folder.") var model: String
  @Option(help: "physics-tiny.") var suite = "physics-tiny"
  @Option(help: "Scenario; repeat for several. Default: those the model was trained on.") var scenario: [String] = []
  @Option(help: "Cell: which ranges scenes are drawn from, such as id-val or ood-r-lo; repeat for several, or 'all'. Default: id-val.") var cell: [String] = []
  @Option(help: "Instances a scenario and cell; default: 96.") var count: Int?
  @Option(help: "Weights: ema or raw.") var weights: WeightsChoice = .ema
  @Option(help: "Sampling steps; default: the experiment's.") var steps: Int?
  @Option(help: "Key of the sampling noise.") var seed = 0
  @Option(help: "Where to write the result; default: bench/ in the run's folder.") var out: String?
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let console = common.console
    let job = try BenchJob(reference: model, runs: runs.runs, weights: weights, suite: suite, scenarios: scenario, cells: cell, count: count, steps: steps, seed: seed,
                           out: out, on: try common.compute())
    let result = try job.run(console)
    let cells = result.cells().map { "\n\n" + $0.text } ?? ""
    console.result(job.summary(result), result.table().text + cells + "\n\nwrote \(job.path)")
    console.next(job.next)
  }
}

extension WeightsChoice: ExpressibleByArgument {}
