import ArgumentParser
import Consent
import Files

extension ConsentCommand {
  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Compare two versions of a manifest: what was granted, widened, narrowed and withdrawn, by clip and grant.",
      discussion: "example: orrery consent diff old.optin.json new.optin.json")
    @Argument(help: "The older manifest.") var old: String
    @Argument(help: "The newer one.") var new: String
    @OptionGroup var common: Common

    func run() throws {
      let diff = ManifestDiff(try Manifest(path: old), try Manifest(path: new))
      common.console.result(diff.value, diff.text)
      common.console.next("orrery consent verify \(new) --previous \(old)")
    }
  }
}
