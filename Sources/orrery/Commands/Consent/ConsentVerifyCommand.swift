import ArgumentParser
import Files
import Provenance

struct ConsentVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a manifest's signatures, whose they are, and whether it still holds. Exits 1 if it does not.",
    discussion: "example: orrery consent verify footage.optin.json")
  @Argument(help: "The manifest.") var manifest: String
  @Option(help: "The version it supersedes, to check that it does.") var previous: String?
  @OptionGroup var trust: TrustOptions
  @OptionGroup var common: Common

  func run() throws {
    let found = try ConsentVerification(manifest, trust.files, previous: previous)
    try common.console.result(found.value, found.text)
    try found.requireHolds()
    common.console.next(ConsentWay(found.manifest, at: manifest).checking(options: trust.words))
  }
}
