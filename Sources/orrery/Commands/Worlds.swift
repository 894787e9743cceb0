import ArgumentParser
import Consent
import Files
import Foundation
import Lab
import Media
import Worlds

struct Worlds_: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worlds", abstract: "Procedural physics scenes with exact ground truth.", subcommands: [Render.self, Show.self])

  struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Render a dataset (HDF5) and the own-work manifest that grants it.")
    @Option(help: "free-fall, projectile or occlusion; repeat for several.") var scenario: [String]
    @Option(help: "Clips altogether.") var count = 400
    @Option(help: "Height and width in pixels.") var size = 64
    @Option(help: "Frames a clip.") var frames = 16
    @Option(help: "Share held out for validation.") var validation = 0.1
    @Option(help: "Index of the first instance.") var first = 0
    @Option(help: "Training clips to leave ungranted, to see them refused.") var ungranted = 0
    @Option(help: "The file to write.") var out: String
    @Flag(help: "Sign the manifest with this machine's own key, made on first use.") var sign = false
    @Flag(help: "Replace a dataset and its manifest that are already there.") var force = false
    @OptionGroup var common: Common

    func run() throws {
      guard (0...1_000_000_000).contains(first) else { throw Problem.usage("the first instance is \(first)", at: "--first", expected: "0 to 1,000,000,000") }
      guard (0...max(0, count)).contains(ungranted) else { throw Problem.usage("\(ungranted) of \(count) clips cannot be left ungranted", at: "--ungranted", expected: "0 to --count") }
      let setting = try Setting(size: size, frames: frames)
      try ImportOptions.requireFree(out, force: force)
      let render = WorldsRender(scenarios: try scenario.map { try Scenario.named($0) }, count: count, setting: setting, validationShare: validation, first: first, ungranted: ungranted)
      let key = sign ? try KeyRing.local(HomeFolder(environment: ProcessInfo.processInfo.environment)) : nil
      let manifest = try render.write(to: out, licensor: "orrery-worlds", key: key, common.console)
      common.console.result(["dataset": .string(out), "manifest": .string(manifest), "clips": Value(count)], "wrote \(out) (\(count) clips) and \(manifest)")
      common.console.next("orrery dataset inspect \(out)")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Draw a labelled contact sheet of a scenario's cells.")
    @Argument(help: "free-fall, projectile or occlusion.") var scenario: String
    @Option(help: "Height and width in pixels.") var size = 96
    @Option(help: "Frames; default: the suite's.") var frames: Int?
    @Option(help: "Instances a cell.") var count = 2
    @Option(help: "The PNG to write.") var out: String?
    @OptionGroup var common: Common

    func run() throws {
      guard (1...100).contains(count) else { throw Problem.usage("\(count) instances a cell", at: "--count", expected: "1 to 100") }
      let found = try Scenario.named(scenario), path = out ?? scenario + ".png"
      try WorldSheet(found, perCell: count, setting: Setting(size: size, frames: frames ?? found.suiteFrames)).write(to: path)
      common.console.result(["sheet": .string(path)], "wrote \(path)")
      common.console.next("orrery worlds render --scenario \(scenario) --out \(scenario).h5")
    }
  }
}
