import ArgumentParser
import Files
import Ledger
import Provenance
import Runs

struct ConsentLedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Verify a run's ledger and total what each clip contributed.")
  @Argument(help: ArgumentHelp("A run, or a ledger file.", valueName: "run")) var reference: String
  @Option(help: ArgumentHelp("Accept only a ledger that this key signed, and nobody else.", valueName: "did"))
  var signer: String?
  @Flag(help: "Print a signed head of the ledger, one line, to keep elsewhere.") var anchor = false
  @Option(help: ArgumentHelp("Show that the ledger goes on from an anchor that was kept.", valueName: "file"))
  var since: String?
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let isFile = Disk.exists(reference) && !Disk.isFolder(reference),
      found = isFile ? nil : try RunsFolder(path: runs.runs).find(reference)
    let check = try LedgerCheck(found, file: reference, signer: signer, since: since)
    if anchor {
      let anchor = try check.anchor()
      return try common.console.result(anchor.value, anchor.text)
    }
    for note in check.notes { common.console.note("note: " + note) }
    try common.console.result(check.value, check.text)
  }
}
