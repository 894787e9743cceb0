import ArgumentParser
import Files
import Lab

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Say which run is better, with intervals, or that no difference can be claimed; of one run, write its report.")
  @Argument(help: "Runs: folders, names or prefixes of their hashes. The others are held against the first.") var runs: [String]
  @Option(help: ArgumentHelp("Folder for report.html and comparison.json. Default: notebooks-export/<first>-vs-<second>.", valueName: "dir")) var out: String?
  @Option(help: "Judge this metric alone.") var metric: String?
  @Option(help: "The bench suite to compare, or 'none' for held-out losses alone. Default: the one the runs share.") var suite: String?
  @OptionGroup(title: "Where") var place: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let console = common.console, found = try runs.map { try Run.find($0, in: place.runs) }
    guard found.count > 1 else {
      let path = try Report.run(found[0], to: out.map { $0 + "/report.html" })
      return console.result(["report": .string(path)], "wrote \(path)")
    }
    let comparison = try Comparison(found, suite: suite, metric: metric), folder = out ?? comparison.defaultFolder
    try CompareReport.write(comparison, to: folder + "/report.html")
    try CompareReport.writeNotebook(comparison, in: folder)
    var value = comparison.value
    value.set("report", .string(folder + "/report.html"))
    try Disk.write(JSON.pretty(value), to: folder + "/comparison.json")
    console.result(value, comparison.text + "\n\nwrote \(folder)/report.html and comparison.json")
    if let best = comparison.best { console.next("orrery export \(best.run.name) --out \(best.run.experiment.name)-model") }
  }
}
