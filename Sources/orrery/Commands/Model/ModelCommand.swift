import ArgumentParser

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Look into checkpoints of the Wan family, convert them, make random ones.",
    subcommands: [ModelInspectCommand.self, ModelConvertCommand.self, ModelRandomCommand.self])
}
