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
    subcommands: [Import.self, Inspect.self, Export.self, Vouch.self])

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

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a dataset for other programs.",
      discussion: "example: orrery dataset export footage.h5 --layout robomimic --out footage.hdf5")
    @Argument(help: "The dataset.") var dataset: String
    @Option(help: "robomimic or stable-worldmodel.") var layout: LayoutExport.Layout
    @Option(help: "The file to write.") var out: String
    @Flag(help: "Replace a file that is already there.") var force = false
    @OptionGroup var read: ReadOption
    @OptionGroup var common: Common

    func run() throws {
      try ImportOptions.requireFree(out, force: force)
      let data = try Dataset(path: dataset, reading: read.reading())
      let report = try LayoutExport.run(data, as: layout, to: out), console = common.console
      for note in report.notes { console.note("note: \(note)") }
      try console.result(
        [
          "file": .string(out), "layout": .string(layout.rawValue), "clips": Value(report.clips),
          "frames": Value(report.frames),
        ],
        "wrote \(out): \(Text.counted(report.clips, "clip")), \(Text.counted(report.frames, "frame")) as \(layout.rawValue)"
      )
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Turn video files, folders or datasets of other layouts into a native HDF5 dataset.")
    @Argument(help: "Video files or folders; or one dataset of another layout.") var inputs: [String]
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
    @OptionGroup var read: ReadOption
    @OptionGroup var decode: DecodeOption
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console
      var options = try ImportOptions.read(
        size: size, fps: fps, crop: crop, window: window, captions: captions, validation: validation,
        holdout: holdout, manifest: manifest)
      options.limits = decode.limits
      try ImportOptions.requireFree(out, force: force)
      if inputs.count == 1, try LayoutImport.takes(inputs[0]) { return try layout(inputs[0], options) }
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

    /// Frames of a dataset stay as they are, so that a manifest of theirs holds.
    private func layout(_ input: String, _ options: VideoImport.Options) throws {
      guard size == nil, fps == nil, window == 0, captions == nil else {
        throw Problem.usage(
          "--size, --fps, --window and --captions change footage, and the frames of a dataset are kept as they are",
          at: input, fix: "leave them out; a rate is said by --read fps=RATE")
      }
      let console = common.console
      let said = try read.reading()
      if !said.isEmpty { for note in try DatasetLook(input, said).notes { console.note("note: \(note)") } }
      var progress: ProgressLine?
      let report = try LayoutImport.run(input, reading: said, to: out, attributes: options.attributes) {
        done, total, name in
        if progress == nil { progress = console.progress("importing", total: total) }
        progress?.update(done, name)
      }
      for note in report.notes { console.note("note: \(note)") }
      try console.result(
        [
          "dataset": .string(out), "layout": .string(report.layout), "clips": Value(report.clips),
          "frames": Value(report.frames),
        ],
        "wrote \(out): \(Text.counted(report.clips, "clip")), \(Text.counted(report.frames, "frame")) of \(report.layout)"
      )
      console.next(ConsentWay.begin(out))
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print how a dataset is read, and the clip plan: clips, frames, windows, what is left out and why.",
      discussion: """
        example: orrery dataset inspect demos.hdf5 --read camera=agentview_image --read fps=20
        Reads the native layout, and those of robomimic, LIBERO, ALOHA, Minari and others as they lie. What --read says is kept beside the file.
        """)
    @Argument(help: "The dataset.") var dataset: String
    @OptionGroup var read: ReadOption
    @Flag(help: "Also the SHA-256 of each clip's upright RGB bytes.") var hash = false
    @Flag(help: "Also each clip's actions, as they are stored.") var actions = false
    @Option(help: "Frames a window.") var window = 16
    @Option(help: "Frames between windows; default: the window.") var stride: Int?
    @Option(help: "Frames of each window given as context.") var context = 0
    @Flag(help: "Also list every clip by its id.") var clips = false
    @OptionGroup var common: Common

    func run() throws {
      let look = try DatasetLook(dataset, read.reading()), data = look.dataset, console = common.console
      for note in look.notes { console.note("note: \(note)") }
      let plan = try ClipPlan(
        data, window: window, stride: stride ?? window, context: context,
        notes: data.found == nil ? data.numbersNotFinite() : [])
      guard data.found != nil || hash || actions || look.table.layout != "native" else { return try native(data, plan) }
      var value = plan.value
      if data.found != nil || !data.isRateSaid { value.set("fps", Value(data.isRateSaid ? data.fps.description : nil)) }
      let listed = try look.table.value(hash: hash, actions: actions, threads: common.threadsWanted)
      for key in ["layout", "notes", "clips"] { if let found = listed[key] { value.set(key, found) } }
      let known = data.isRateSaid ? "" : "frame rate not said: seconds are at \(data.fps.spoken) a second\n"
      try console.result(value, "layout: \(look.table.layout)\n\(known)\(plan.text())" + lines(look.table, listed))
      console.next(ConsentWay.begin(dataset))
    }

    private func native(_ data: Dataset, _ plan: ClipPlan) throws {
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

    private func lines(_ table: ClipTable, _ listed: Value) -> String {
      guard clips || hash || actions else { return "" }
      let rows = (listed["clips"]?.array ?? []).map { clip -> String in
        let shape = clip["shape"]?.array?.compactMap(\.integer).map(String.init).joined(separator: "x") ?? ""
        let parts = [
          clip["id"]?.string, clip["camera"]?.string, clip["split"]?.string, shape, clip["frames_sha256"]?.string,
          clip["actions"]?["alignment"]?.string, clip["caption"]?.string,
        ]
        return parts.compactMap { $0 }.joined(separator: "  ")
      }
      return "\n" + rows.joined(separator: "\n")
    }
  }
}

extension VideoImport.Holdout: ExpressibleByArgument {}
extension LayoutExport.Layout: ExpressibleByArgument {}
