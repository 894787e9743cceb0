import ArgumentParser
import Files
import Models

struct ModelRandomCommand: ParsableCommand {
  /// What random weights are stored as.
  enum Stored: String, CaseIterable, ExpressibleByArgument { case bf16, f32 }

  static let configuration = CommandConfiguration(
    commandName: "random", abstract: "Make a checkpoint of a published shape with random weights, for trials.")
  @Option(help: "\(WanPreset.allCases.map(\.rawValue).joined(separator: ", ")).") var like: WanPreset
  @Option(help: ArgumentHelp("The folder to make.", valueName: "dir")) var out: String
  @Option(help: "bf16 or f32.") var dtype = Stored.bf16
  @Option(help: "Key of the weights.") var seed = 0
  @OptionGroup var common: Common

  func run() throws {
    guard seed >= 0 else { throw Problem.usage("the seed is \(seed)", at: "--seed", expected: "0 or more") }
    let progress = common.console.progress("making \(like.rawValue)", total: 100)
    try RandomCheckpoint.make(
      like.config, as: dtype == .bf16 ? .BF16 : .F32, seed: UInt64(seed), folder: out, on: try common.compute()
    ) { done, all in progress.update(100 * done / all, "\(done) of \(all) tensors") }
    let count = like.config.parameterCount
    try common.console.result(
      [
        "out": .string(out), "like": .string(like.rawValue), "parameters": Value(count),
        "dtype": .string(dtype.rawValue),
      ],
      "wrote \(Text.count(count)) random parameters of the shape of \(like.rawValue) to \(out)")
    common.console.next(["model", "inspect", out])
  }
}
