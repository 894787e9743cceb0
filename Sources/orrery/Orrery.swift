import ArgumentParser
import Lab

@main
struct Orrery: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "orrery",
    abstract: "Fine-tune, sample, bench, export and compare video world models, on footage whose owners said yes.",
    subcommands: [])
}
