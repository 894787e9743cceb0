import ArgumentParser
import Consent
import Files

struct ConsentDiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract:
      "Compare two versions of a manifest: what was granted, widened, narrowed and withdrawn, by clip and grant.",
    discussion: "example: orrery consent diff old.optin.json new.optin.json")
  @Argument(help: "The older manifest.") var old: String
  @Argument(help: "The newer one.") var new: String
  @OptionGroup var common: Common

  func run() throws {
    let diff = ManifestDiff(try Manifest(path: old), try Manifest(path: new))
    try common.console.result(diff.value, diff.text)
    common.console.next(["consent", "verify", new, "--previous", old])
  }
}
