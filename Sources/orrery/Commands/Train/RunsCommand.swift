import ArgumentParser
import Compare
import Files
import Lab
import Runs

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs: where each stands, what it scored, what it cost.")
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let list = try RunList(runs.runs), console = common.console
    try console.result(list.value, list.text)
    let done = list.items.filter { $0.run.status == .done }
    let benched = done.filter { $0.physics != nil }
    if benched.count >= 2 {
      return console.next(["compare", benched[1].run.name, benched[0].run.name] + runs.words)
    }
    console.next(
      done.first { $0.physics == nil && $0.run.product.world != nil }.flatMap {
        RunWay($0.run, options: runs.words).trained
      }
        ?? (list.items.isEmpty ? ["quickstart"] : nil))
  }
}
