import ArgumentParser
import Consent
import Files
import Foundation
import Provenance

struct ConsentImpactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impact",
    abstract: "Which runs, checkpoints and exports used a grant, and how much.",
    discussion:
      "example: orrery consent impact --revoke g1 --manifest footage.optin.json\nRead from the ledgers alone; runs that began with weights of such a run are named too."
  )
  @Option(help: ArgumentHelp("The grant that was, or would be, withdrawn.", valueName: "grant")) var revoke: String?
  @Option(help: ArgumentHelp("Only this licensor's; alone, everything of theirs.", valueName: "did")) var licensor:
    String?
  @Option(help: "The manifest the grant stands in, when several licensors use the name.") var manifest: String?
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let question = ConsentImpact.Question(
      grant: revoke, licensor: licensor, manifest: try manifest.map { try Manifest(path: $0) })
    // What was looked at outside of runs stands there; without it the answer would be short.
    let home = try HomeFolder(environment: ProcessInfo.processInfo.environment)
    let impact = try ConsentImpact(question, runs: runs.runs, home: home)
    try common.console.result(impact.value, impact.text)
    guard impact.broken.isEmpty else {
      throw Problem(
        "\(Text.counted(impact.broken.count, "ledger")) could not be read, so what those runs used is not known:\n"
          + impact.broken.map { "  - \($0.description)" }.joined(separator: "\n"),
        at: runs.runs, fix: "restore them from a copy and ask again")
    }
    if let grant = revoke,
      let item = impact.items.first(where: {
        $0.share.seen > 0 && RetrainPlan.leavesClips(of: $0.run, without: grant, runs: runs.runs)
      })
    {
      common.console.next(["consent", "plan-retrain", item.run, "--without", grant] + runs.words)
    }
  }
}
