import ArgumentParser
import Bench
import Compare
import Files
import Lab
import Runs
import Training

struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune", abstract: "Train a world model on granted clips, or continue its run.",
    discussion:
      """
      example: orrery finetune experiments/free-fall.yaml --set train.steps=500
      Keys of an experiment: --keys, or experiments/README.md. Exits 75 when stopped by a signal; the same call continues.
      """
  )
  @Argument(help: "The experiment (YAML).") var experiment: String?
  @Option(
    name: .customLong("set"), help: ArgumentHelp("Override a key, such as train.steps=500.", valueName: "key=value"))
  var set: [String] = []
  @Flag(help: "Shrink to a one-minute trial.") var tiny = false
  @Flag(help: "Show clips, consent, parameters, memory, disk and time; train nothing.") var dryRun = false
  @Flag(help: "Print the table of an experiment's keys (Markdown); train nothing.") var keys = false
  @Flag(help: "Print the JSON Schema of an experiment, for editors; train nothing.") var schema = false
  @Option(help: "Lengthen the run to this many steps.") var extend: Int?
  @Flag(help: "With --extend: go on at the learning rate the run ended with, instead of laying its schedule anew.")
  var holdRate = false
  @Flag(help: "Continue although this machine gives other bits.") var allowDifferentBits = false
  @Option(help: "Most gigabytes of an autoencoder's latents kept beside the runs; 0 keeps none.") var cacheGb = 20.0
  @OptionGroup var data: DataOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func validate() throws {
    guard !keys || !schema else { throw ValidationError("--keys and --schema are two calls") }
    guard !holdRate || extend != nil else { throw ValidationError("--hold-rate goes with --extend") }
    guard (0...1e6).contains(cacheGb) else { throw ValidationError("--cache-gb can be 0 to 1000000") }
    guard keys || schema || experiment != nil else { throw ValidationError("Missing expected argument '<experiment>'") }
  }

  func run() throws {
    let console = common.console
    if keys { return try console.result(.string(Experiment.keyTable), Experiment.keyTable) }
    if schema { return try console.result(Experiment.schema, String(JSON.pretty(Experiment.schema).dropLast())) }
    guard let experiment else { return }
    if let extend, !Run.stepRange.contains(extend) {
      throw Problem.usage("a run cannot have \(extend) steps", at: "--extend", expected: "1 to 1,000,000,000")
    }
    var options = Training.Options(runs: runs.runs, extend: extend, allowDifferentBits: allowDifferentBits)
    options.holdsRate = holdRate
    options.cacheBytes = Int(cacheGb * 1e9)
    let training = try Training(
      try Experiment(path: experiment, set: set, tiny: tiny).moved(data.data), options,
      observing: EvaluationRound.init, on: try common.compute(), console)
    let plan = try TrainingPlan(training, measuring: dryRun)
    if dryRun { return try console.result(plan.value, plan.text) }
    console.note(plan.text)
    let run = try training.run(until: Interruption())
    try console.result(RunSummary(run).value, RunSummary(run).text)
    let way = RunWay(run, options: runs.words)
    console.next(way.trained, way.exported == way.trained ? nil : way.exported, way.compared(in: runs.runs))
  }
}
