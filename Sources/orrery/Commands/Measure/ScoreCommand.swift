import ArgumentParser
import Files
import Frames
import LearnedMeasures
import Measures
import Media
import Score

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Measure consistency and flicker of any video file, folder of pictures or HDF5 dataset.",
    discussion:
      "Metrics and what they mean: orrery metrics list. A file that cannot be scored does not stop the others; the command then ends with 1."
  )
  @Argument(help: "Videos, folders of pictures (natural order) or HDF5 datasets.") var files: [String]
  @Option(help: "Metric; repeat for several. Default: all that need nothing more than was given.") var metric:
    [String] = []
  @Option(
    help: ArgumentHelp("What each file is held against, frame by frame, by metrics that need it.", valueName: "file"))
  var reference: String?
  @Option(help: "Frames a second of folders of pictures.") var fps: String?
  @Option(
    help: ArgumentHelp(
      "Also score windows of this many seconds one by one, and say how fast each metric drifts.", valueName: "seconds"))
  var horizon: Double?
  @OptionGroup var features: FeaturesOption
  @OptionGroup var decode: DecodeOption
  @OptionGroup var common: Common

  func run() throws {
    if let horizon, !(horizon > 0 && horizon < 1e6) {
      throw Problem.usage("a window of \(horizon) seconds", at: "--horizon", expected: "more than 0")
    }
    let rate = try fps.map { text in
      guard let rate = FrameRate(parsing: text) else {
        throw Problem.usage("'\(text)' is no frame rate", at: "--fps", expected: "24, 23.976 or 30000/1001")
      }
      return rate
    }
    // Nobody is asked where nothing would be said.
    let asksNetworks =
      reference != nil || features.features != nil
      || metric.contains { name in ClipMetrics.learnt.contains { $0.name == name } }
    var score = try Score(
      metric, reference: reference, fps: rate, horizon: horizon, threads: common.threadsWanted,
      learnt: !asksNetworks
        ? nil : features.learnt(common, metric.contains("lpips_vgg") ? [.alexnet, .vit, .vgg16] : [.alexnet, .vit]))
    score.limits = decode.limits
    try score.requireReference()
    let console = common.console, progress = console.progress("scoring", total: files.count * score.metrics.count)
    let items = files.enumerated().map { i, path in
      score.item(path) { progress.update(i * score.metrics.count + $0, path) }
    }
    let failed = items.compactMap(\.problem)
    if failed.count < items.count || items.count > 1 { try console.result(Score.value(items), Score.text(items)) }
    guard let first = failed.first else { return }
    throw items.count == 1
      ? first
      : Problem(
        "\(failed.count) of \(Text.counted(files.count, "file")) could not be scored:\n"
          + failed.map { "    \($0)" }.joined(separator: "\n"))
  }
}
