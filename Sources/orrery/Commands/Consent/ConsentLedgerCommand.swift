import ArgumentParser
import Files
import Ledger
import Runs

struct ConsentLedgerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger", abstract: "Verify a run's ledger and total what each clip contributed.")
  @Argument(help: ArgumentHelp("A run, or a ledger file.", valueName: "run")) var reference: String
  @Option(help: ArgumentHelp("Accept only a ledger that this key signed, and nobody else.", valueName: "did"))
  var signer: String?
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let isFile = Disk.exists(reference) && !Disk.isFolder(reference),
      found = isFile ? nil : try RunsFolder(path: runs.runs).find(reference)
    let summary = try LedgerReader.verify(found?.path("ledger.jsonl") ?? reference, run: found?.hash)
    if let signer { try summary.requireSigned(by: signer, at: reference) }
    try common.console.result(summary.value, summary.text)
  }
}
