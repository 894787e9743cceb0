import ArgumentParser
import Diffusion
import Export
import Files
import Models
import Runs

extension AdapterDialect: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run's model as a folder that diffusers loads, with its provenance inside.",
    discussion:
      "The folder is opened again and a stored batch replayed before it takes its name. Exporting the same weights again changes nothing."
  )
  @Argument(help: ArgumentHelp("The run: a folder, a name, or the first digits of its hash.", valueName: "run"))
  var reference: String
  @Option(help: ArgumentHelp("The folder to make.", valueName: "dir")) var out: String
  @Option(help: "Weights: ema or raw.") var weights: WeightsChoice = .ema
  @OptionGroup var data: DataOption
  @Option(
    help: ArgumentHelp(
      "Of a run that trained one: the adapter alone, as others name it: \(AdapterDialect.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "dialect")) var adapter: AdapterDialect?
  @Flag(help: "With --adapter: bf16 instead of f32; the output moves by about 5e-4.") var half = false
  @Flag(help: "Export although a grant behind the weights was revoked; the card will say so.") var despiteRevocation =
    false
  @Flag(help: "Export a model of actions although it ignores them; the card will say so.") var despiteThat = false
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let trained = try RunsFolder(path: runs.runs).find(reference).moved(data.data),
      takesPictures = trained.product.world?.takesPictures ?? false,
      export = Export(
        trained, weights: weights, out: out, despiteRevocation: despiteRevocation,
        despiteIgnoring: despiteThat)
    guard !half || adapter != nil else {
      throw Problem.usage("--half is of an adapter", at: "--half", fix: "say --adapter too, or leave it out")
    }
    if let adapter {
      let result = try AdapterExport(export, as: adapter, isHalf: half).write(on: try common.compute(), common.console)
      try common.console.result(result.value, result.text)
      return common.console.next(
        takesPictures ? ["model", "inspect", result.file] : ["sample", reference] + runs.words)
    }
    if trained.experiment.kind == .autoencoder {
      let result = try AutoencoderExport(export).write(on: try common.compute(), common.console)
      return try common.console.result(result.value, result.text)
    }
    let result = try export.write(on: try common.compute(), common.console)
    try common.console.result(result.value, result.text)
    // What begins with a picture waits for somebody's.
    guard !takesPictures else { return common.console.next(["model", "inspect", out + "/transformer"]) }
    // An export names its encoders by what they are; where they lie is this machine's.
    let encoders = [
      ("--autoencoder", trained.experiment.codec.from), ("--text-encoder", trained.experiment.captions.from),
    ].flatMap { option, place in place.map { [option, $0] } ?? [] }
    common.console.next(["sample", out] + encoders + (weights == .ema ? [] : ["--weights", weights.rawValue]))
  }
}
