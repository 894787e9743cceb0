import ArgumentParser
import Provenance

struct ConsentCountersignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "countersign",
    abstract: "Add a signature beside the licensor's: an agent's, a society's, or a person's who is shown.",
    discussion: "example: orrery consent countersign footage.optin.json --key performer")
  @Argument(help: "The manifest.") var manifest: String
  @OptionGroup var key: KeyOption
  @Option(help: "Where to write it; default: in place.") var out: String?
  @OptionGroup var common: Common

  func run() throws {
    let signer = try key.open()
    try common.console.signed(ConsentSigning.sign(manifest, as: .beside, with: signer, out: out), by: signer)
  }
}
