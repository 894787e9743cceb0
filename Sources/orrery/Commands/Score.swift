import ArgumentParser
import Files
import Lab
import Measures

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "score", abstract: "Measure flicker on any video file or HDF5 dataset.")
  @Argument(help: "Video files or HDF5 datasets.") var files: [String]
  @OptionGroup var common: Common

  func run() throws {
    let console = common.console, progress = console.progress("scoring", total: files.count)
    let items = try files.enumerated().map { i, path in
      defer { progress.update(i + 1, path) }
      return (path: path, estimates: try Score.file(path))
    }
    var table = MetricTable(title: "score", columns: [])
    for item in items { table.add(item.path, item.estimates) }
    console.result(Score.value(items), table.text)
  }
}
