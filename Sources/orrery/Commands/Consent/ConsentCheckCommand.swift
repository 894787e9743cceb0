import ArgumentParser
import Clips
import Consent
import Files
import Lab
import Provenance

struct ConsentCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say for every clip whether it may be used, and why not. Exits 1 if nothing is left.")
  @Argument(help: "The dataset.") var dataset: String
  @Option(help: "The manifest; default: the one the dataset names.") var manifest: String?
  @Option(help: "fine-tune, evaluate, pretrain, distribute-weights or distribute-outputs.") var action: Action =
    .fineTune
  @Option(help: "Purpose, such as research or film; docs/CONSENT.md has the list.") var purpose = "research"
  @Flag(help: "Commercial use.") var commercial = false
  @Option(help: "Who asks.") var licensee: String?
  @Option(help: "Where: a country's ISO 3166-1 code, such as DE.") var territory: String?
  @Option(help: "A basis accepted unsigned, such as own-work; repeat for several.") var unsigned: [Basis] = []
  @Option(help: "What may condition a model although no manifest lists it: text_embedding.")
  var unvouched: [UnvouchedPart] = []
  @OptionGroup var trust: TrustOptions
  @OptionGroup var runs: RunsOption
  @Flag(help: "Also read every frame and hold it against its hash.") var full = false
  @OptionGroup var common: Common

  func run() throws {
    let console = common.console
    var request = try ConsentRequest(
      action: action, purpose: purpose, commercial: commercial, territory: territory, licensee: licensee,
      unsignedBases: Set(unsigned)
    ).checked()
    request.unvouched = Set(unvouched)
    let gate = try ConsentCheck.gate(
      dataset, manifest: manifest, trust.files, request, full: full, runs: runs.runs, console)
    try console.result(ConsentTable(gate).value, ConsentTable(gate).text)
    guard !gate.admissions().isEmpty else {
      throw Problem(
        "no clip may be used for \(action.rawValue)", at: dataset,
        fix: "the table above says why, and what would change it")
    }
    guard action == .fineTune else { return }
    let way = OwnFootage.training(gate, manifest: manifest, trust.files)
    if let obstacle = way.obstacle { console.note("note: \(obstacle)") }
    console.next(way.command)
  }
}
