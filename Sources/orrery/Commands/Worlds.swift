import ArgumentParser
import Files
import Lab
import Media
import Worlds

struct Worlds_: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worlds", abstract: "Procedural physics scenes with exact ground truth.", subcommands: [Render.self])

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
    @OptionGroup var common: Common

    func run() throws {
      let setting = try Setting(size: size, frames: frames)
      let render = WorldsRender(scenarios: try scenario.map { try Scenario.named($0) }, count: count, setting: setting, validationShare: validation, first: first, ungranted: ungranted)
      let manifest = try render.write(to: out, licensor: "orrery-worlds", common.console)
      common.console.result(["dataset": .string(out), "manifest": .string(manifest), "clips": Value(count)], "wrote \(out) (\(count) clips) and \(manifest)")
      common.console.next("orrery dataset inspect \(out)")
    }
  }
}
