import ArgumentParser
import Files
import Frames
import LearnedMeasures
import Measures
import Media
import Score

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "The metrics themselves: their catalogue, their answer to known damage, distances between feature sets.",
    subcommands: [List.self, Calibrate.self, Distance.self, PhysicsIQScore.self, Time.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List every metric with version, unit, direction and what it sees.")
    @OptionGroup var common: Common
    func run() throws { try common.console.result(ScoreCatalogue.value, ScoreCatalogue.text) }
  }

  struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Damage clips in known ways and draw each metric's answer; fails where a metric does not order what it claims to.",
      discussion: "Without --on, scenes of our own are damaged, whose objects and flow are known.")
    @Option(help: ArgumentHelp("A video to damage; repeat for several.", valueName: "video")) var on: [String] = []
    @Option(help: "Metric; repeat for several. Default: all.") var metric: [String] = []
    @Option(help: "Longest side that videos are shrunk to; scenes of our own are at most 128.") var side = 256
    @Option(help: "Frames taken of each video; scenes of our own keep their length.") var frames = 32
    @Option(help: ArgumentHelp("Folder for the drawings and the table.", valueName: "dir")) var out = "calibration"
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console,
        job = try ScoreCalibrationJob(
          videos: on, metrics: metric, side: side, frames: frames, out: out, limits: decode.limits)
      let calibration = try job.run(threads: common.threadsWanted, console)
      try console.result(calibration.value, "wrote \(job.files.joined(separator: ", "))")
      if let problem = job.verdict(calibration) { throw problem }
    }
  }

  struct Distance: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Distances between two sets of features, one row a clip: Fréchet, KID, JEDi's MMD, CMMD, energy.",
      discussion:
        "Named after the formula, never after a network: a distance is FVD only on the logits of one particular I3D. Datasets of clips are described by 64 numbers of our own a clip and, with I3D's weights, compared by fvd and kvd."
    )
    @Argument(help: "Features (.safetensors, .npy, .h5), one row a clip, or a dataset of clips.") var first: String
    @Argument(help: "Features of the other set.") var second: String
    @Option(help: "Key of KID's random subsets.") var seed: UInt64 = 0
    @OptionGroup var features: FeaturesOption
    @OptionGroup var common: Common

    func run() throws {
      let learnt = try features.learnt(common, [.i3d])
      let estimates = try ScoreFeatures.distances(
        first, second, seed: seed, threads: common.threadsWanted, learnt: learnt)
      let lines = estimates.map {
        "\($0.protocol.metric)  \($0.text)  \($0.unit)" + ($0.note.isEmpty ? "" : "\n  note: \($0.note)")
      }
      try common.console.result(
        [
          "first": .string(first), "second": .string(second),
          "metrics": .object(estimates.map { .init($0.protocol.metric, $0.json) }),
        ], lines.joined(separator: "\n"))
    }
  }

  struct PhysicsIQScore: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "physics-iq", abstract: "Physics-IQ, original and Verified, on the benchmark's folder layout.")
    @Option(help: ArgumentHelp("Folder of the filmed takes.", valueName: "dir")) var real: String
    @Option(help: ArgumentHelp("Folder of the model's continuations; repeat, one a run.", valueName: "dir"))
    var generated: [String]
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console, job = try ScorePhysicsIQ(real: real, generated: generated)
      let result = try job.run(threads: common.threadsWanted, limits: decode.limits) { console.note("compared \($0)") }
      try console.result(result.value, result.text)
    }
  }

  struct Time: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time each metric on one clip, decoding left out.")
    @Argument(help: "A video file.") var file: String
    @Option(help: ArgumentHelp("What it is held against.", valueName: "file")) var reference: String?
    @Option(help: "Metric; repeat for several. Default: all that need nothing more than was given.") var metric:
      [String] = []
    @Option(help: "Timed runs of each.") var iters = 5
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      guard (1...1000).contains(iters) else { throw Problem.usage("--iters is \(iters)", expected: "1 to 1000") }
      let score = try Score(metric, reference: reference)
      let timing = try ScoreTiming(
        file, reference: reference, metrics: score.metrics, iterations: iters, threads: common.threadsWanted,
        limits: decode.limits)
      try common.console.result(timing.value, timing.text)
    }
  }
}
