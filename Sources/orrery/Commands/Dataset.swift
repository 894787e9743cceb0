import ArgumentParser
import Files
import Lab
import Media

struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "dataset", abstract: "Import footage, and see what training would see of it.", subcommands: [Import.self, Inspect.self])

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Turn video files or folders into an HDF5 dataset.")
    @Argument(help: "Video files or folders.") var inputs: [String]
    @Option(help: "The dataset to write.") var out: String
    @Option(help: "Frame size: 64, or 128x72. Default: the first file's.") var size: String?
    @Option(help: "Frame rate: 24, 23.976 or 24000/1001. Default: the first file's.") var fps: String?
    @Option(help: "none, center, or x,y,width,height.") var crop = "center"
    @Option(help: "Frames a clip; 0 makes each file one clip.") var window = 0
    @Option(help: "CSV or JSON lines: file,caption.") var captions: String?
    @Option(help: "Share held out for validation.") var validation = 0.1
    @Option(help: "files: whole files are held out; last: the last windows of each.") var holdout: VideoImport.Holdout = .files
    @Option(help: "Consent manifest; its name is written into the dataset.") var manifest: String?
    @OptionGroup var common: Common

    func run() throws {
      let console = common.console, options = try ImportOptions.read(size: size, fps: fps, crop: crop, window: window, captions: captions, validation: validation, holdout: holdout, manifest: manifest)
      var progress: Progress?
      let report = try VideoImport.run(inputs, to: out, options: options) { done, total, name in
        if progress == nil { progress = console.progress("importing", total: total) }
        progress?.update(done, name)
      }
      console.result(report.value, ImportOptions.text(report, out))
      console.next(manifest == nil ? "orrery consent init \(out)" : "orrery dataset inspect \(out)")
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the clip plan: clips, frames, windows, what is left out and why.")
    @Argument(help: "The dataset.") var dataset: String
    @Option(help: "Frames a window.") var window = 16
    @Option(help: "Frames between windows; default: the window.") var stride: Int?
    @Option(help: "Frames of each window given as context.") var context = 0
    @OptionGroup var common: Common

    func run() throws {
      let plan = try ClipPlan(Dataset(path: dataset), window: window, stride: stride ?? window, context: context)
      common.console.result(plan.value, plan.text())
      common.console.next("orrery consent check \(dataset)")
    }
  }
}

extension VideoImport.Holdout: ExpressibleByArgument {}
