import ArgumentParser
import Clips
import Consent
import Files
import Foundation
import Ledger
import Provenance
import Runs

struct ConsentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "consent", abstract: "Who granted what, and what became of it.",
    subcommands: [
      Keygen.self, Trusting.self, Init.self, Sign.self, Countersign.self, Verify.self, Check.self, Diff.self,
      Revoke.self, Impact.self, PlanRetrain.self, LedgerOf.self,
    ]
      + [RoyaltiesOf.self, VerifyProof.self, ReportOf.self])

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a draft manifest that lists clips and grants nothing; a person fills in the grants.",
      discussion:
        "example: orrery consent init footage.h5 --licensor \"did:key:z6Mk…\"\nThe draft carries an example of a grant to copy."
    )
    @Argument(help: "A dataset, a folder of videos, or a video or picture file.") var input: String
    @Option(help: "Who owns the footage: a did:key or another name.") var licensor: String
    @Option(help: "The manifest to write; default: beside the input.") var out: String?
    @OptionGroup var common: Common

    func run() throws {
      let folder = Disk.isFolder(input),
        path =
          out ?? (folder ? (input as NSString).standardizingPath : (input as NSString).deletingPathExtension)
          + ".optin.json"
      let count = try ConsentDraft.write(input, licensor: licensor, to: path, common.console)
      common.console.result(
        ["manifest": .string(path), "clips": Value(count)],
        "wrote \(path): \(count) listed, nothing granted; its x-example-grant shows what a grant states")
      common.console.next("orrery consent sign \(path)")
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say for every clip whether it may be used, and why not. Exits 1 if nothing is left.")
    @Argument(help: "The dataset.") var dataset: String
    @Option(help: "The manifest; default: the one the dataset names.") var manifest: String?
    @Option(help: "fine-tune, evaluate, pretrain, distribute-weights or distribute-outputs.") var action: Action =
      .fineTune
    @Option(help: "Purpose, as grants name it.") var purpose = "research"
    @Flag(help: "Commercial use.") var commercial = false
    @Option(help: "Who asks.") var licensee: String?
    @Option(help: "Where (ISO 3166).") var territory: String?
    @Option(help: "A basis accepted unsigned, such as own-work; repeat for several.") var unsigned: [Basis] = []
    @OptionGroup var trust: TrustOptions
    @Flag(help: "Also read every frame and hold it against its hash.") var full = false
    @OptionGroup var common: Common

    func run() throws {
      let request = ConsentRequest(
        action: action, purpose: purpose, commercial: commercial, territory: territory, licensee: licensee,
        unsignedBases: Set(unsigned))
      let gate = try ConsentCheck.gate(dataset, manifest: manifest, trust.files, request, full: full, common.console)
      common.console.result(ConsentTable(gate).value, ConsentTable(gate).text)
      guard !gate.admissions().isEmpty else {
        throw Problem(
          "no clip may be used for \(action.rawValue)", at: dataset,
          fix: "the table above says why, and what would change it")
      }
    }
  }

  struct LedgerOf: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ledger", abstract: "Verify a run's ledger and total what each clip contributed.")
    @Argument(help: ArgumentHelp("A run, or a ledger file.", valueName: "run")) var run_: String
    @Option(help: ArgumentHelp("Accept only a ledger that this key signed, and nobody else.", valueName: "did"))
    var signer: String?
    @OptionGroup var runs: RunsOption
    @OptionGroup var common: Common

    func run() throws {
      let isFile = Disk.exists(run_) && !Disk.isFolder(run_), found = isFile ? nil : try Run.find(run_, in: runs.runs)
      let summary = try LedgerReader.verify(found?.path("ledger.jsonl") ?? run_, run: found?.hash)
      if let signer { try summary.requireSigned(by: signer, at: run_) }
      common.console.result(summary.value, summary.text)
    }
  }
}

extension Action: ExpressibleByArgument {}
