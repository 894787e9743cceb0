import ArgumentParser
import Files
import Provenance

struct ConsentReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Say what a run was trained on, or what a dataset may be used for, in the format that is asked for.",
    discussion:
      "example: orrery consent report RUN --format spdx --out spdx.json\nmd is for people; croissant, spdx and odrl for programs; eu-summary is a draft with gaps for a person to fill. docs/REPORTS.md says what was validated."
  )
  @Argument(help: ArgumentHelp("A run, or a dataset's file.", valueName: "run|dataset")) var reference: String
  @Option(help: "md, croissant, spdx, eu-summary or odrl.") var format: ConsentReport.Format = .md
  @Option(help: ArgumentHelp("Where it goes; default: standard output.", valueName: "file")) var out: String?
  @Option(help: ArgumentHelp("A manifest, if it is no longer where it was; repeat for several.", valueName: "file"))
  var manifest: [String] = []
  @OptionGroup var trust: TrustOptions
  @OptionGroup var data: DataOption
  @OptionGroup var runs: RunsOption
  @OptionGroup var common: Common

  func run() throws {
    let
      report = try ConsentReport(
        reference, in: runs.runs, moved: data.data, manifests: manifest, files: trust.files),
      console = common.console
    for note in report.notes { console.note("note: \(note)") }
    guard let out else {
      return try console.result(
        common.json ? report.value(format) : .null, common.json ? "" : String(report.text(format).dropLast()))
    }
    try Disk.write(report.text(format), to: out)
    try console.result(
      ["report": .string(out), "format": .string(format.rawValue), "subject": .string(report.name)], "wrote \(out)")
    if format == .euSummary {
      console.note("note: its gaps are marked TO BE FILLED IN; a person has to fill and answer for them")
    }
    if format == .md, report.run != nil {
      console.next(["consent", "royalties", "--pool", "10000.00", "EUR", reference] + runs.words)
    }
  }
}

extension ConsentReport.Format: ExpressibleByArgument {}
