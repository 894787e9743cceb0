import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Media
import Models
import Nets
import Runs

/// A bill of materials in SPDX 3.0.1 (JSON-LD): the model by the AI profile, each manifest's clips by the Dataset
/// profile, licensors as agents, grants as licence texts, and `trainedOn` between them. Energy stands in it when the
/// run metered it, and not otherwise.
///
/// Its times are the ledger's and the manifests', and its identifiers are made from hashes, so the same facts make the
/// same file.
package struct ConsentReportSPDX {
  private let report: ConsentReport
  /// SHA-256 of the weights' buffer that travels with it, and which weights they are; nil takes the ledger's last
  /// checkpoint.
  private let weights: (hash: String, kind: String)?
  /// Of the manifests as files beside it, by hash.
  private let manifestNames: [String: String]
  private let base: String

  /// What it is called beside an export.
  package static let fileName = "spdx.json"

  package init(
    _ report: ConsentReport, weights: (hash: String, kind: String)? = nil, manifestNames: [String: String] = [:]
  ) {
    (self.report, self.weights, self.manifestNames) = (report, weights, manifestNames)
    let subject = report.usage.map { "\($0.run) \($0.head)" } ?? report.manifests.map(\.sha256).joined(separator: " ")
    base = "urn:orrery:spdx:" + Hashing.sha256("\(subject) \(weights?.hash ?? "")").prefix(32) + ":"
  }

  package var value: Value {
    var graph: [Value] = [
      [
        "type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1", "created": .string(report.dated.description),
        "createdBy": [.string(id("agent:maker"))], "createdUsing": [.string(id("tool:orrery"))],
      ]
    ]
    let maker = report.run?.experiment.consent.licensee
    graph.append(element("Agent", "agent:maker", maker ?? "the person or organisation that ran it (not stated)"))
    graph.append(element("Tool", "tool:orrery", Build.version))
    let datasets =
      report.manifests.enumerated().flatMap { dataset($1, $0) }
      + report.absent.enumerated().flatMap { absent($1.manifestHash, $1.shares, report.manifests.count + $0) }
    let model = report.run.map { self.model($0) } ?? []
    let things = graph.dropFirst() + agents + datasets + model
    let roots = model.isEmpty ? datasets.filter { $0["type"] == "dataset_DatasetPackage" } : Array(model.prefix(1))
    let ids = things.compactMap { $0["spdxId"] }
    let sbom = element(
      "software_Sbom", "sbom", "Bill of materials of \(report.name)",
      [
        "software_sbomType": ["build"], "rootElement": .array(roots.compactMap { $0["spdxId"] }),
        "element": .array(ids),
      ])
    let document = element(
      "SpdxDocument", "document", report.name,
      [
        "profileConformance": .array(
          (["core", "software", "simpleLicensing"] + (model.isEmpty ? [] : ["ai"])
            + (datasets.isEmpty ? [] : ["dataset"])).map { .string($0) }),
        "rootElement": [.string(id("sbom"))], "element": .array(ids + [.string(id("sbom"))]),
        "comment": .string(
          Royalties.caution + " Frames seen are in the comments of trainedOn relationships."
            + (report.withdrawn?.lines ?? []).map { " REVOKED: \($0)." }.joined()),
      ])
    return [
      "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
      "@graph": .array(graph.prefix(1) + [document, sbom] + things),
    ]
  }

  private func id(_ name: String) -> String { base + name }

  private func element(_ type: String, _ name: String, _ title: String?, _ more: Value = [:]) -> Value {
    var fields: [Value.Field] = [
      .init("type", .string(type)), .init("spdxId", .string(id(name))), .init("creationInfo", "_:made"),
    ]
    if let title { fields.append(.init("name", .string(title))) }
    return .object(fields + (more.fields ?? []))
  }

  private func relation(_ name: String, _ from: String, _ type: String, _ to: [String], comment: String? = nil) -> Value
  {
    var more: Value = [
      "from": .string(id(from)), "relationshipType": .string(type), "to": .array(to.map { .string(id($0)) }),
      "completeness": "complete",
    ]
    if let comment { more.set("comment", .string(comment)) }
    return element("Relationship", "relation:" + name, nil, more)
  }

  private static func sha256(_ hash: String) -> Value {
    [["type": "Hash", "algorithm": "sha256", "hashValue": .string(hash)]]
  }

  // MARK: who

  private func agent(_ licensor: String) -> String { "agent:" + Hashing.sha256(licensor).prefix(16) }

  private var agents: [Value] {
    var seen: Set<String> = []
    let known = report.manifests.filter { seen.insert($0.licensor.id).inserted }.map { m in
      element(
        "Agent", agent(m.licensor.id), m.licensor.name ?? m.licensor.id,
        [
          "externalIdentifier": [
            [
              "type": "ExternalIdentifier", "externalIdentifierType": "other", "identifier": .string(m.licensor.id),
              "comment": .string(m.licensor.role?.rawValue ?? "licensor"),
            ]
          ]
        ])
    }
    // Of those whose manifest is not at hand the ledger knows the identifier.
    let others = report.absent.flatMap(\.shares).map(\.licensor).filter { seen.insert($0).inserted }.map { licensor in
      element(
        "Agent", agent(licensor), licensor,
        [
          "externalIdentifier": [
            [
              "type": "ExternalIdentifier", "externalIdentifierType": "other", "identifier": .string(licensor),
              "comment": "licensor",
            ]
          ]
        ])
    }
    return known + others
  }

  // MARK: what it was made from

  /// What is known of clips whose manifest is not at hand: how many, whose, and by which document they were granted.
  private func absent(_ hash: String, _ shares: [ConsentReport.Share], _ number: Int) -> [Value] {
    let licensors = shares.map(\.licensor).distinct().sorted(), made = report.dated.description
    return [
      element(
        "dataset_DatasetPackage", "dataset:\(number + 1)", "clips granted by the manifest \(hash)",
        [
          "dataset_datasetType": ["video"], "software_primaryPurpose": "data",
          "software_downloadLocation": "NOASSERTION",
          "originatedBy": .array(licensors.map { .string(id(agent($0))) }),
          "suppliedBy": .string(id(agent(licensors.first ?? ""))), "builtTime": .string(made),
          "releaseTime": .string(made), "software_packageVersion": "NOASSERTION",
          "dataset_hasSensitivePersonalInformation": "noAssertion",
          "description": .string("\(Set(shares.flatMap(\.clips)).count) clips were used."),
          "comment": .string(
            "The manifest they were granted by is not at hand, so its terms are missing here. SHA-256 of its canonical bytes without signatures, as ledgers name it: \(hash)"
          ),
        ])
    ]
  }

  private func dataset(_ m: Manifest, _ number: Int) -> [Value] {
    let name = "dataset:\(number + 1)", shares = report.shares.filter { $0.manifestHash == m.sha256 },
      source = report.sources.first { $0.manifest?.sha256 == m.sha256 }
    let purposes = Set(m.grants.flatMap(\.purpose)).sorted(), frames = m.assets.reduce(0) { $0 &+ ($1.frames ?? 0) },
      issued = (m.issued ?? report.dated).description
    var package = element(
      "dataset_DatasetPackage", name, source?.name ?? m.id,
      [
        "dataset_datasetType": ["video"], "software_primaryPurpose": "data", "software_downloadLocation": "NOASSERTION",
        "originatedBy": [.string(id(agent(m.licensor.id)))],
        "suppliedBy": .string(id(agent(m.licensor.id))), "builtTime": .string(issued), "releaseTime": .string(issued),
        "software_packageVersion": .string(String(m.version)),
        "dataset_dataCollectionProcess":
          "Opted in by its licensor, clip by clip, in a consent manifest; admitted by content hash.",
        "dataset_hasSensitivePersonalInformation": "noAssertion",
        "description": .string(
          "\(m.assets.count) clips\(frames > 0 ? ", \(frames) frames" : ""), of which \(Set(shares.flatMap(\.clips)).count) \(report.run == nil ? "are granted" : "were used")."
        ),
      ])
    if !purposes.isEmpty { package.set("dataset_intendedUse", .string(purposes.joined(separator: ", "))) }
    if let path = source?.dataset?.path,
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    {
      package.set("dataset_datasetSize", Value(size))
    }
    if !m.likeness.isEmpty {
      package.set(
        "comment",
        .string(
          "The manifest names \(m.likeness.count) \(m.likeness.count == 1 ? "person" : "people") who can be seen or heard, each with consent for named uses."
        ))
    }
    // A declared licence is an expression; ours is a reference to the manifest's own words.
    let licence = "licence:\(number + 1)", reference = "LicenseRef-orrery-optin-\(m.sha256.prefix(16))"
    let expression = element(
      "simplelicensing_LicenseExpression", licence, reference,
      [
        "simplelicensing_licenseExpression": .string(reference),
        "simplelicensing_customIdToUri": [
          ["type": "DictionaryEntry", "key": .string(reference), "value": .string(id(licence + ":text"))]
        ],
      ])
    let text = element(
      "simplelicensing_SimpleLicensingText", licence + ":text", "Consent manifest \(m.id)",
      ["simplelicensing_licenseText": .string(JSON.pretty(m.document.removing("assets")))])
    let file = element(
      "software_File", "manifest:\(number + 1)",
      manifestNames[m.sha256] ?? (number == 0 ? "optin.json" : "optin-\(number + 1).json"),
      [
        "verifiedUsing": Self.sha256(Hashing.sha256(JSON.pretty(m.document))), "contentType": "application/json",
        "software_primaryPurpose": "documentation",
        "comment": .string("SHA-256 of its canonical bytes without signatures, as ledgers name it: \(m.sha256)"),
      ])
    return [
      package, expression, text, file, relation("\(name):licence", name, "hasDeclaredLicense", [licence]),
      relation("\(name):manifest", name, "hasMetadata", ["manifest:\(number + 1)"]),
    ]
  }

  // MARK: what was made

  private func model(_ run: Run) -> [Value] {
    let last = report.usage?.summary.checkpoints.last, hash = weights?.hash ?? last?.weightsSHA256, e = run.experiment,
      time = (last?.time ?? report.dated).description
    var package = element(
      "ai_AIPackage", "model", run.name,
      [
        "software_primaryPurpose": "model", "software_downloadLocation": "NOASSERTION",
        "software_packageVersion": .string("step \(run.step)" + (weights.map { ", \($0.kind)" } ?? "")),
        "suppliedBy": .string(id("agent:maker")), "builtTime": .string(time), "releaseTime": .string(time),
        "ai_domain": ["video generation", "world models"],
        "ai_typeOfModel": ["diffusion transformer over spacetime patches (WanTransformer3DModel)"],
        "ai_autonomyType": "noAssertion", "ai_useSensitivePersonalInformation": "noAssertion",
        "ai_informationAboutTraining": .string(
          "\(run.step) steps of \(e.training.batch * e.training.accumulate) clips of \(e.window) frames. Every clip was admitted under a grant; the ledger's head is \(report.usage?.head ?? "unknown"). "
            + (run.cost.energyText.map { "Energy: \($0)." } ?? "Energy was not metered.")),
        "ai_limitation": .string(
          "It knows the kind of footage it was trained on and nothing else. What it shows is made up. "
            + Royalties.caution),
        "ai_hyperparameter": .array(
          Self.hyperparameters(run).map { ["type": "DictionaryEntry", "key": .string($0), "value": .string($1)] }),
      ])
    if let hash {
      let what =
        "of the safetensors data buffer, in key order: the header names the ledger's head, so the file's own hash would be circular"
      package.set(
        "verifiedUsing",
        [["type": "Hash", "algorithm": "sha256", "hashValue": .string(hash), "comment": .string(what)]])
    }
    if let energy = Energy(of: run)?.spdx(finetuning: e.from != nil) { package.set("ai_energyConsumption", energy) }
    var things = [package]
    for (i, hash) in (report.manifests.map(\.sha256) + report.absent.map(\.manifestHash)).enumerated() {
      let used = report.shares.filter { $0.manifestHash == hash }
      guard !used.isEmpty else { continue }
      let seen = used.reduce(0) { $0 &+ $1.usage.seen }, inLoss = used.reduce(0) { $0 &+ $1.usage.framesInLoss }
      things.append(
        relation(
          "trained:\(i + 1)", "model", "trainedOn", ["dataset:\(i + 1)"],
          comment: "\(seen) frames seen, \(inLoss) in the loss; grants "
            + Set(used.map(\.grantID)).sorted().joined(separator: ", ")))
    }
    if let from = e.from {
      things.append(
        element(
          "ai_AIPackage", "base", (from as NSString).lastPathComponent,
          [
            "software_primaryPurpose": "model", "software_downloadLocation": "NOASSERTION",
            "software_packageVersion": "NOASSERTION", "suppliedBy": .string(id("agent:maker")),
            "releaseTime": .string(time),
          ]))
      things.append(
        relation(
          "base", "model", "descendantOf", ["base"],
          comment: report.usage?.trail.base.map { "the model " + $0.text }
            ?? "what the base was trained on is not in this bill")
      )
    }
    return things
  }

  private static func hyperparameters(_ run: Run) -> [(String, String)] {
    let e = run.experiment, t = e.training,
      optimisation = [
        ("batch", String(t.batch * t.accumulate)), ("learning_rate", "\(t.rate.peak)"), ("steps", String(run.steps)),
        ("seed", String(e.seed)),
      ]
    switch run.product {
    case .world(let spec):
      let c = spec.transformer
      return [
        ("parameters", String(c.parameterCount)), ("layers", String(c.layers)), ("heads", String(c.heads)),
        ("dim", String(c.heads * c.headDim)), ("patch", c.patchSize.map(String.init).joined(separator: "x")),
      ] + optimisation + [("prediction", e.objective.prediction.rawValue)]
    case .autoencoder(let spec):
      let c = spec.config
      return [
        ("base_dim", String(c.baseDim)), ("z_dim", String(c.zDim)),
        ("dim_mult", c.dimMult.map(String.init).joined(separator: "x")),
        ("frames_per_latent", String(c.time)), ("pixels_per_latent", String(c.space)),
      ] + optimisation
    }
  }
}

extension Energy {
  /// What a run says it took; nil when it says nothing.
  fileprivate init?(of run: Run) {
    guard let energy = run.cost.energy, energy.joules.isFinite, energy.joules > 0 else { return nil }
    self = energy
  }

  /// Only what was measured: the standard's field has no way to say that a number is an estimate. In megajoules, to a
  /// joule.
  fileprivate func spdx(finetuning: Bool) -> Value? {
    guard source == .measured else { return nil }
    let amount: Value = [
      "type": "ai_EnergyConsumptionDescription", "ai_energyQuantity": .number(joules.rounded() / 1e6),
      "ai_energyUnit": "megajoule",
    ]
    return .object([
      .init("type", "ai_EnergyConsumption"),
      .init(finetuning ? "ai_finetuningEnergyConsumption" : "ai_trainingEnergyConsumption", [amount]),
    ])
  }
}
