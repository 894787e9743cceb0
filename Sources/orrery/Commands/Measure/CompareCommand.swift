import ArgumentParser
import Compare
import Files
import Lab
import Pages
import Runs

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract:
      "Say which variant is better, with intervals, or that no difference can be claimed; of one run, write its report.",
    discussion:
      "Runs whose configurations differ only in seed are one variant. A claim about a recipe takes 6 training seeds of each; fewer speak of the checkpoints. Runs without a bench are compared by their held-out losses."
  )
  @Argument(
    help:
      "Runs: folders, names or prefixes of their hashes. The other variants are held against the first, which may be the base that the others adapt: a folder or file. Folders of videos that were benched like a run come last."
  )
  var runs: [String] = []
  @Option(
    help: ArgumentHelp(
      "Folder for report.html and comparison.json. Default: notebooks-export/<first>-vs-<second>.", valueName: "dir"))
  var out: String?
  @Option(help: "Judge this metric alone.") var metric: String?
  @Option(help: "The bench suite to compare, or 'none' for held-out losses alone. Default: the one the runs share.")
  var suite: String?
  @Option(
    help: ArgumentHelp(
      "Instead of runs: answers of people or judges, with the columns prompt,first,second,winner.",
      valueName: "file.csv")) var preferences: String?
  @OptionGroup var data: DataOption
  @OptionGroup(title: "Where") var place: RunsOption
  @OptionGroup var common: Common

  func validate() throws {
    guard runs.isEmpty != (preferences == nil) else {
      throw ValidationError("Name runs, or a file with --preferences; not both.")
    }
  }

  func run() throws {
    let console = common.console
    if let preferences { return try compare(PreferenceComparison(path: preferences), console) }
    let films = self.runs.filter(ComparedRun.isFilms), runs = self.runs.filter { !films.contains($0) }
    let base = base(runs)
    let found = try (base == nil ? runs : Array(runs.dropFirst())).map { try RunsFolder(path: place.runs).find($0) }
      .moved(data.data)
    guard base != nil || found.count + films.count > 1 else {
      guard !found.isEmpty else {
        throw Problem.usage(
          "videos made elsewhere are compared with a run", at: films.first, expected: "a run, and folders of videos")
      }
      let path = try Report.run(found[0], to: out.map { $0 + "/report.html" })
      return try console.result(["report": .string(path)], "wrote \(path)")
    }
    let comparison = try Comparison(found, films: films, suite: suite, metric: metric, base: base),
      folder = out ?? comparison.defaultFolder
    try CompareReport.write(comparison, to: folder + "/report.html")
    try CompareReport.writeNotebook(comparison, in: folder)
    var value = comparison.value
    value.set("report", .string(folder + "/report.html"))
    try Disk.write(JSON.pretty(value), to: folder + "/comparison.json")
    try console.result(value, comparison.text + "\n\nwrote \(folder)/report.html and comparison.json")
    if let best = comparison.best, best.run.steps > 0 {
      console.next(RunWay(best.run, options: place.words).exported)
    }
  }

  /// The first of several, where it is no run but weights that were brought: what the others adapt.
  private func base(_ runs: [String]) -> String? {
    guard runs.count > 1, let first = runs.first, Disk.exists(first), !Disk.exists(first + "/run.json") else {
      return nil
    }
    return first
  }

  private func compare(_ comparison: PreferenceComparison, _ console: Console) throws {
    guard let out else { return try console.result(comparison.value, comparison.text) }
    try comparison.write(to: out + "/report.html")
    try Disk.write(JSON.pretty(comparison.value), to: out + "/preferences.json")
    try console.result(comparison.value, comparison.text + "\n\nwrote \(out)/report.html and preferences.json")
  }
}
