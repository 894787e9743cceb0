import ArgumentParser
import Consent
import Files
import Provenance

struct ConsentGrantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Name a grant that a manifest states in the clips it covers.",
    discussion: """
      example: orrery consent grant footage.optin.json --grant g1 --clip 'shot*' take_0007
      A manifest that was signed becomes its next version and has to be signed again. What was granted is taken back with \
      'orrery consent revoke'.
      """)
  @Argument(help: "The manifest.") var manifest: String
  @Option(help: "The grant, by its id in the manifest.") var grant: String
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Clips: names, or patterns such as 'shot*'; put them in quotes.", valueName: "pattern"))
  var clip: [String] = []
  @Flag(help: "Every clip.") var all = false
  @OptionGroup var common: Common

  func validate() throws {
    guard all == clip.isEmpty else { throw ValidationError("Name clips with --clip, or say --all; not both.") }
  }

  func run() throws {
    let console = common.console
    let found = try ConsentGranting.grant(grant, to: all ? nil : clip, in: manifest)
    if found.granted > 0, found.wasSigned {
      console.note(
        "note: it was signed, so this is version \(found.manifest.version), "
          + "and nothing of it holds until it is signed again"
      )
    }
    try console.result(
      [
        "manifest": .string(manifest), "grant": .string(grant), "granted": Value(found.granted),
        "already": Value(found.already), "clips": Value(found.manifest.assets.count),
        "version": Value(found.manifest.version), "sign_again": .bool(found.granted > 0 && found.wasSigned),
      ], "granted \(grant) \(found.text)" + (found.granted == 0 ? "; nothing was written" : ""))
    console.next(ConsentWay(found.manifest, at: manifest).afterWriting())
  }
}
