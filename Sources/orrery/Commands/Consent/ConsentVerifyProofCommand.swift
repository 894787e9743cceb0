import ArgumentParser
import Files
import Ledger
import Provenance

struct ConsentVerifyProofCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-proof",
    abstract: "Check a licensor's lines of a royalty statement, without the ledger and without anybody else's lines.",
    discussion:
      "example: orrery consent verify-proof mine.proof.json --root 5f1c…\nThe root is what the payer published; everybody paid from one pool must have been given the same one."
  )
  @Argument(help: "The proof.") var file: String
  @Option(help: ArgumentHelp("The statement's root, as the payer published it.", valueName: "hex")) var root: String?
  @OptionGroup var common: Common

  func validate() throws {
    if let root, root.utf8.count != 64 || !root.allSatisfy(\.isHexDigit) {
      throw ValidationError("--root should be 64 hexadecimal digits")
    }
  }

  func run() throws {
    let report = RoyaltyProofReport(
      try VerifiedRoyalty(RoyaltyProof(path: file), root: root, at: file), rootGiven: root != nil)
    try common.console.result(report.value, report.text)
  }
}
