import ArgumentParser
import Files
import Foundation
import Ledger
import Provenance

struct ConsentRoyaltiesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "royalties",
    abstract: "Share a pool of money among licensors, by frames seen and their grants' weights.",
    discussion:
      "example: orrery consent royalties --pool 10000.00 EUR RUN RUN\nAmounts are whole minor units and add up to the pool exactly. docs/ROYALTIES.md has the formula. Exposure is not influence."
  )
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The pool and its currency (ISO 4217), such as 10000.00 EUR; runs may follow.", valueName: "amount")) var pool:
    [String]
  @Argument(help: ArgumentHelp("The runs whose ledgers are counted.", valueName: "run")) var references: [String] = []
  @Option(help: "The currency, if it does not follow the amount.") var currency: String?
  @Option(help: "Only grants that share in the pool of this name.") var poolName: String?
  @Flag(help: "Leave out grants that say nothing of compensation.") var onlyStated = false
  @Option(
    help: ArgumentHelp(
      "A manifest the runs were trained under, if it is no longer where it was; repeat for several.",
      valueName: "file")) var manifest: [String] = []
  @Option(help: ArgumentHelp("Write every line as comma-separated values.", valueName: "file")) var csv: String?
  @Option(help: ArgumentHelp("Write the whole statement as JSON.", valueName: "file")) var out: String?
  @Option(help: "Make a proof for this licensor, with --proof.") var licensor: String?
  @Option(help: ArgumentHelp("Where the licensor's proof goes.", valueName: "file")) var proof: String?
  @OptionGroup var data: DataOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func validate() throws {
    if (licensor == nil) != (proof == nil) {
      throw ValidationError("--licensor DID and --proof FILE go together: a proof is one licensor's")
    }
  }

  func run() throws {
    let asked = try PoolArguments(pool, currency: currency, runs: references), console = common.console
    let job = try RoyaltiesJob(
      asked.runs, in: runs.runs, moved: data.data,
      pool: RoyaltyPool(asked.money, name: poolName, onlyStated: onlyStated),
      manifests: manifest,
      home: HomeFolder(environment: ProcessInfo.processInfo.environment))
    let ready = try licensor.map { try job.statement.proof(for: $0) }
    if let csv { try Disk.write(job.statement.csv, to: csv) }
    if let out { try Disk.write(try job.statement.text, to: out) }
    if let proof { try ready?.write(to: proof) }
    for note in job.notes { console.note("note: \(note)") }
    try console.result(job.statement.value, job.text)
    console.next(
      proof.map { ["consent", "verify-proof", $0, "--root", job.statement.root] }
        ?? job.statement.royalties.licensors.first.map { proving($0.id, asked) })
  }

  /// The same statement once more, with a proof for one of its licensors.
  private func proving(_ licensor: String, _ asked: PoolArguments) -> [String] {
    let again = data.data.flatMap { ["--data", $0] } + manifest.flatMap { ["--manifest", $0] }
    return ["consent", "royalties", "--pool", asked.money.amount, asked.money.currency.code] + asked.runs + runs.words
      + (poolName.map { ["--pool-name", $0] } ?? []) + (onlyStated ? ["--only-stated"] : [])
      + again + ["--licensor", licensor, "--proof", "proof.json"]
  }
}
