import ArgumentParser
import Files
import Provenance
import Runs

struct ConsentPlanRetrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan-retrain",
    abstract: "Write the experiment that trains a run again without a grant.",
    discussion: "example: orrery consent plan-retrain free-fall --without g1 --out again.yaml")
  @Argument(help: ArgumentHelp("The run.", valueName: "run")) var reference: String
  @Option(help: "The grant to leave out.") var without: String
  @Option(help: ArgumentHelp("Only this licensor's grant of that name.", valueName: "did")) var licensor: String?
  @Option(help: "The experiment to write; default: RUN-without-GRANT.yaml here.") var out: String?
  @OptionGroup var data: DataOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let plan = try RetrainPlan(
      try RunsFolder(path: runs.runs).find(reference).moved(data.data), without: without, licensor: licensor, out: out)
    try common.console.result(plan.value, plan.text)
    common.console.next(["finetune", plan.path] + runs.words)
  }
}
