import ArgumentParser
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Lab
import Media
import Provenance
import Training
import Worlds

struct WorldsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worlds", abstract: "Procedural physics scenes with exact ground truth.",
    subcommands: [Render.self, Show.self, Histogram.self])

  /// How scenes are looked at.
  struct Look: ParsableArguments {
    @Option(help: "Pixels; default: --size. Frames of 16:9 show more of the world, not a wider one.") var width: Int?
    @Option(help: "Pixels; default: --size.") var height: Int?
    @Option(help: "Levels of value noise behind the scene; default: flat grey, and 25 where a camera moves.")
    var texture: Double?

    func setting(size: Int, frames: Int) throws -> Setting {
      var options = WorldsOptions()
      options.size = size
      options.frames = frames
      choose(&options)
      return try options.setting()
    }

    func choose(_ options: inout WorldsOptions) {
      options.height = height
      options.width = width
      options.texture = texture
    }
  }

  struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Render a dataset (HDF5) and its manifest: what is drawn here is our own work, and granted.")
    @Option(help: "\(Scenario.allCases.map(\.rawValue).joined(separator: ", ")); repeat for several.") var scenario:
      [String] = []
    @Option(help: "A re-created public set instead: \(WorldsOptions.sets.joined(separator: ", ")).") var set: String?
    @Option(help: "Clips altogether.") var count = 400
    @Option(help: "Width and height in pixels; a set has its own, but for bouncing-balls.") var size: Int?
    @OptionGroup var look: Look
    @Option(help: "Frames a clip; default 16, or as published.") var frames: Int?
    @Option(help: "Share held out for validation.") var validation = 0.1
    @Option(help: "Index of the first instance.") var first = 0
    @Option(help: "With phyworld-…: id or a level out of distribution, such as r1 or xl-v1.") var level: String?
    @Option(
      help: ArgumentHelp(
        "With moving-mnist: IDX pictures of digits. Its clips are listed and not granted.", valueName: "file"))
    var digits: String?
    @Option(help: "With moving-mnist: digits in a clip. Default 2.") var perClip: Int?
    @Option(help: "With bouncing-balls: balls in a clip. Default 3.") var balls: Int?
    @Option(help: "Training clips to leave ungranted, to see them refused.") var ungranted = 0
    @Option(help: "The file to write.") var out: String
    @Flag(help: "Sign the manifest with this machine's own key, made on first use.") var sign = false
    @Flag(help: "Replace a dataset and its manifest that are already there.") var force = false
    @OptionGroup var common: Common

    func run() throws {
      guard (0...max(0, count)).contains(ungranted) else {
        throw Problem.usage(
          "\(ungranted) of \(Text.counted(count, "clip")) cannot be left ungranted", at: "--ungranted",
          expected: "0 to --count")
      }
      let (clips, ownership) = try options.clips()
      if case .unspoken = ownership, sign {
        throw Problem.usage(
          "what shows somebody else's digits cannot be signed as our own work", at: "--sign",
          fix: "leave it out, and fill in the manifest")
      }
      try ImportOptions.requireFree(out, force: force)
      let key = sign ? try KeyRing.local(HomeFolder(environment: ProcessInfo.processInfo.environment)) : nil
      let manifest = try WorldsRender(clips, ownership: ownership, ungranted: ungranted).write(
        to: out, licensor: "orrery-worlds", key: key, common.console)
      try common.console.result(
        ["dataset": .string(out), "manifest": .string(manifest), "clips": Value(count)],
        "wrote \(out) (\(Text.counted(count, "clip"))) and \(manifest)")
      if case .unspoken = ownership {
        common.console.note(
          "the digits are somebody's work: \(manifest) lists the clips and grants nothing until you fill in their terms"
        )
      }
      common.console.next(["dataset", "inspect", out])
    }

    private var options: WorldsOptions {
      var options = WorldsOptions()
      options.scenarios = scenario
      options.set = set
      options.count = count
      options.size = size ?? (set == "bouncing-balls" ? 30 : 64)
      options.frames = frames
      options.validation = validation
      options.first = first
      options.level = level
      options.digits = digits
      options.perClip = perClip
      options.balls = balls
      look.choose(&options)
      return options
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draw a labelled contact sheet of a scenario's cells, or of its impossible twins.")
    @Argument(help: "\(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).") var scenario: String
    @Option(help: "Width and height in pixels.") var size = 96
    @OptionGroup var look: Look
    @Option(help: "Frames; default: the suite's.") var frames: Int?
    @Option(help: "Only this cell; repeat for several.") var cell: [String] = []
    @Option(help: "Instances a cell.") var count = 2
    @Flag(help: "Under each instance the scenes that begin like it and cannot happen.") var twins = false
    @Option(help: "The PNG to write.") var out: String?
    @OptionGroup var common: Common

    func run() throws {
      guard (1...100).contains(count) else {
        throw Problem.usage("\(count) instances a cell", at: "--count", expected: "1 to 100")
      }
      let found = try Scenario.named(scenario), path = out ?? scenario + (twins ? "-twins.png" : ".png")
      let cells = try cell.isEmpty ? (twins ? [Cell.validation] : nil) : cell.map { try found.cell(named: $0) }
      var sheet = WorldSheet(
        found, cells: cells, perCell: count, setting: try look.setting(size: size, frames: frames ?? found.suiteFrames))
      sheet.twins = twins
      try sheet.sheet().write(to: path)
      try common.console.result(["sheet": .string(path)], "wrote \(path)")
      common.console.next(["worlds", "render", "--scenario", scenario, "--out", "\(scenario).h5"])
    }
  }

  struct Histogram: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show which draws a scenario's cells accept, and which parameters can be told from the given frames.")
    @Argument(help: "\(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).") var scenario: String
    @Option(help: "Width and height in pixels; acceptance depends on their ratio alone.") var size = 64
    @OptionGroup var look: Look
    @Option(help: "Frames; default: the suite's.") var frames: Int?
    @Option(help: "Only this cell; repeat for several. Default: all but train.") var cell: [String] = []
    @Option(help: "Instances a cell.") var count = 500
    @OptionGroup var common: Common

    func run() throws {
      guard (1...100_000).contains(count) else {
        throw Problem.usage("\(count) instances a cell", at: "--count", expected: "1 to 100,000")
      }
      let found = try Scenario.named(scenario), cells = try cell.isEmpty ? nil : cell.map { try found.cell(named: $0) }
      let histogram = try WorldHistogram(
        found, cells: cells, count: count, setting: look.setting(size: size, frames: frames ?? found.suiteFrames))
      try common.console.result(histogram.value, histogram.text)
      common.console.next(["worlds", "show", scenario])
    }
  }
}
