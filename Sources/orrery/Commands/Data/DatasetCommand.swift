import ArgumentParser
import Clips
import Files
import Foundation
import Frames
import Lab
import Media
import Provenance

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset", abstract: "Import footage, and see what training would see of it.",
    subcommands: [Import.self, Inspect.self, Vouch.self])

  struct Vouch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show that clips come from the footage they name, by making them from it again, once.",
      discussion: "example: orrery dataset vouch footage.h5 --source reel/")
    @Argument(help: "The dataset.") var dataset: String
    @Option(
      parsing: .upToNextOption, help: ArgumentHelp("The footage: files, or folders of them.", valueName: "path"))
    var source: [String]
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console
      let found = try DerivationVouching(
        dataset, sources: source, home: HomeFolder(environment: ProcessInfo.processInfo.environment),
        limits: decode.limits, console)
      try console.result(found.value, found.text)
      try found.requireWhole(at: dataset)
      console.next(ConsentWay.begin(dataset))
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Turn video files or folders into an HDF5 dataset.")
    @Argument(help: "Video files or folders.") var inputs: [String]
    @Option(help: "The dataset to write.") var out: String
    @Option(
      help:
        "Frame size, width first: 112x64, or 64 for 64x64. A model takes multiples of its blocks, 16 as a rule. Default: the first file's."
    ) var size: String?
    @Option(help: "Frame rate: 24, 23.976 or 24000/1001. Default: the first file's.") var fps: String?
    @Option(help: "none, center, or x,y,width,height.") var crop = "center"
    @Option(help: "Frames a clip, such as 16; 0 makes each file one clip.") var window = 0
    @Option(help: "CSV or JSON lines: file,caption. Else NAME.txt beside NAME.mp4 is its caption.") var captions:
      String?
    @Option(help: "Share held out for validation.") var validation = 0.1
    @Option(help: "files: whole files are held out; last: the last windows of each.") var holdout: VideoImport.Holdout =
      .files
    @Option(
      help:
        "Consent manifest; its name is written into the dataset. Default: <name>.optin.json beside it, if it comes to exist."
    ) var manifest: String?
    @Flag(help: "Replace a dataset that is already there.") var force = false
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console
      var options = try ImportOptions.read(
        size: size, fps: fps, crop: crop, window: window, captions: captions, validation: validation,
        holdout: holdout, manifest: manifest)
      options.limits = decode.limits
      try ImportOptions.requireFree(out, force: force)
      var progress: ProgressLine?
      let report = try VideoImport.run(inputs, to: out, options: options) { done, total, name in
        if progress == nil { progress = console.progress("importing", total: total) }
        progress?.update(done, name)
      } warn: {
        console.note("note: \($0)")
      }
      try console.result(report.value, ImportOptions.text(report, out))
      let next = ConsentWay.begin(out)
      if next.contains("init") {
        console.note(
          "note: the line below says that the footage is your own work; if it is not, name its owner and the basis:\n"
            + "      --licensor NAME --grant licence, consent or public-domain")
      }
      console.next(next)
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the clip plan: clips, frames, windows, what is left out and why.")
    @Argument(help: "The dataset.") var dataset: String
    @Option(help: "Frames a window.") var window = 16
    @Option(help: "Frames between windows; default: the window.") var stride: Int?
    @Option(help: "Frames of each window given as context.") var context = 0
    @Flag(help: "Also list every clip by its id.") var clips = false
    @OptionGroup var common: Common

    func run() throws {
      let data = try Dataset(path: dataset),
        plan = try ClipPlan(
          data, window: window, stride: stride ?? window, context: context, notes: data.numbersNotFinite())
      var value = plan.value
      if clips {
        value.set(
          "clips",
          .array(
            data.clips.map {
              [
                "id": .string($0.id), "split": .string($0.split.rawValue), "frames": Value($0.frames),
                "caption": Value($0.caption),
              ]
            }))
      }
      let list =
        clips
        ? "\n"
          + data.clips.map {
            "\($0.id)  \($0.split.rawValue)  \(Text.counted($0.frames, "frame"))  \($0.caption ?? "")"
          }.joined(
            separator: "\n") : ""
      try common.console.result(value, plan.text() + list)
      common.console.next(ConsentWay.begin(dataset))
    }
  }
}

extension VideoImport.Holdout: ExpressibleByArgument {}
