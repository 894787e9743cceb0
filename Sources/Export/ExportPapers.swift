import Consent
import Files
import Ledger
import Provenance
import Runs

/// What goes with exported weights, whatever they are: whose footage is behind them, under which terms, in the card, the
/// bill of materials, the header and the credentials.
struct ExportPapers {
  let run: Run
  let weights: WeightsChoice
  let weightsHash: String
  let provenance: ExportProvenance
  let distribution: ExportDistribution
  let card: ModelCard
  let withdrawn: WithdrawnGrants
  /// For the bill of materials and the data's description.
  let report: ConsentReport
  /// Where the key is that signs the sidecar.
  let home: HomeFolder?

  func writeManifests(to folder: String) throws {
    for (i, manifest) in provenance.distinctManifests.enumerated() {
      try manifest.write(to: folder + "/" + ExportFile.manifest(i))
    }
    for (i, manifest) in provenance.baseManifests.enumerated() {
      try manifest.write(to: folder + "/" + BaseManifests.name(i, ofBase: true))
    }
  }

  func writeBill(to place: String) throws {
    let bill = ConsentReportSPDX(report, weights: (weightsHash, weights.rawValue), manifestNames: manifestNames)
    try Disk.write(JSON.pretty(bill.value), to: place)
  }

  func writeDescription(to place: String) throws {
    let description = ConsentReportCroissant(report, manifestNames: manifestNames)
    try Disk.write(JSON.pretty(description.value), to: place)
  }

  /// Of the weights' file, for whoever holds that alone.
  func metadata(_ format: String) -> [(String, String)] {
    [
      ("orrery", format), ("build", Build.version), ("run", run.hash), ("run_name", run.name),
      ("step", String(run.step)), ("weights", weights.rawValue),
      ("weights_sha256", weightsHash), ("ledger_head", provenance.ledger.head),
      ("ledger_summary", JSON.line(provenance.value)), ("distribution", distribution.verdict.rawValue),
    ]
  }

  /// The exported manifests' names, by their hashes.
  private var manifestNames: [String: String] {
    Dictionary(
      uniqueKeysWithValues: provenance.distinctManifests.enumerated().map { ($1.sha256, ExportFile.manifest($0)) })
  }

  /// Content credentials of a file of weights.
  func writeSidecar(of file: String) throws {
    let origin = CredentialOrigin(
      run, weightsHash: weightsHash, ledgerHead: provenance.ledger.head,
      manifests: provenance.manifestHashes, base: provenance.base, withdrawn: withdrawn)
    try CredentialSidecar.write(
      file, origin,
      facts: [
        .init("step", Value(run.step)), .init("weights", .string(weights.rawValue)),
        .init("frames_seen", Value(provenance.ledger.total.seen)),
        .init("distribution", .string(distribution.verdict.rawValue)),
      ], home: home)
  }
}
