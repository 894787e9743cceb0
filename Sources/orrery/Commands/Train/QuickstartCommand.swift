import ArgumentParser
import Files
import Foundation
import Lab
import Training

struct QuickstartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "The whole job on a small licensed dataset, in minutes: train two variants, bench, compare, export.")
  @Option(help: "Where everything goes.") var out = "experiments/runs/quickstart"
  @Flag(help: "Shrink to a one-minute trial, in OUT-tiny.") var tiny = false
  @OptionGroup var common: Common

  func run() throws {
    let home = try HomeFolder(environment: ProcessInfo.processInfo.environment)
    let outcome = try Quickstart(folder: out, tiny: tiny, home: home, on: try common.compute(), common.console)
      .run(until: Interruption())
    try common.console.result(outcome.value, outcome.text)
    common.console.next(["sample", out + (tiny ? "-tiny" : "") + "/model", "--out", "samples"])
  }
}
