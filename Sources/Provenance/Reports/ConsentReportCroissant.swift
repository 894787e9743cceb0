import Consent
import Files
import Foundation
import Frames
import Ledger
import Media
import Runs

/// The dataset, or what a run used of its datasets, as MLCommons Croissant 1.1 with the Responsible AI vocabulary 1.0:
/// files with hashes, one record a clip with its grant, and each manifest as an ODRL Offer under `usageInfo`.
///
/// What a person would have to judge (biases, social impact) is left out rather than guessed.
package struct ConsentReportCroissant {
  /// Larger dataset files are not hashed for this: a Croissant file object needs a hash, so they are named in words
  /// instead.
  static let largestHashed = 2 << 30
  /// What it is called beside an export.
  package static let fileName = "croissant.json"
  private let report: ConsentReport
  /// Of the manifests as files beside the Croissant file; nil where they stand elsewhere.
  private let manifestNames: [String: String]

  package init(_ report: ConsentReport, manifestNames: [String: String] = [:]) {
    (self.report, self.manifestNames) = (report, manifestNames)
  }

  package var value: Value {
    let manifests = report.manifests,
      subject = report.run.map {
        "What the run \($0.name) was trained on: clips with the grants they were used under and the frames seen of each."
      }
    var value: Value = [
      "@context": Self.context, "@type": "sc:Dataset", "name": .string(report.name),
      "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
      "description": .string(
        (subject ?? "Clips of video under opt-in consent manifests.") + " " + Royalties.caution
          + (unhashed.isEmpty ? "" : " Not hashed here for their size: \(unhashed.joined(separator: ", ")).")),
    ]
    value.set(
      "url",
      .string(
        report.shares.compactMap { $0.grant?.terms }.first { $0.hasPrefix("http") && IRI.isOne($0) } ?? manifests.first
          .map { IRI.manifest($0.sha256) } ?? "urn:orrery:dataset:" + IRI.escaped(report.name)))
    value.set("license", .array(licences(manifests)))
    value.set("creator", .array(manifests.map { Self.party($0) }))
    value.set("datePublished", .string(String(report.dated.description.prefix(10))))
    value.set("version", .string("\(manifests.map(\.version).max() ?? 1).0.0"))
    value.set(
      "citeAs",
      .string(
        "\(report.name), licensed by \(manifests.map { $0.licensor.name ?? $0.licensor.id }.joined(separator: ", "))"))
    value.set(
      "usageInfo",
      .array(
        manifests.map { manifest in
          var offer = ConsentReportODRL.prefixed(ConsentReportODRL.policy(manifest))
          offer.set("@type", ["CreativeWork", "odrl:Offer"])
          offer.set("name", .string("Consent manifest \(manifest.id)"))
          return offer
        }))
    value.set("distribution", .array(files(manifests)))
    value.set("recordSet", [records])
    for (key, text) in responsible where !text.isEmpty { value.set("rai:" + key, .string(text)) }
    return value
  }

  private static func party(_ m: Manifest) -> Value {
    // A manifest does not say whether a licensor is a person; the format wants one or the other.
    [
      "@type": "Organization", "@id": .string(IRI.of(m.licensor.id, "party")),
      "name": .string(m.licensor.name ?? m.licensor.id),
    ]
  }

  private func licences(_ manifests: [Manifest]) -> [Value] {
    let terms = Set(report.shares.compactMap { $0.grant?.terms }.filter { $0.hasPrefix("http") && IRI.isOne($0) })
      .sorted()
    return terms.map { .string($0) } + manifests.map { .string(IRI.manifest($0.sha256)) }
  }

  private var unhashed: [String] {
    report.sources.filter { $0.dataset != nil && Self.size($0.path) > Self.largestHashed }.map(\.name)
  }
  private static func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  private func files(_ manifests: [Manifest]) -> [Value] {
    func object(_ name: String, _ format: String, _ hash: String, _ about: String) -> Value {
      [
        "@type": "cr:FileObject", "@id": .string(IRI.escaped(name)), "name": .string(name),
        "description": .string(about), "contentUrl": .string(IRI.escaped(name)), "encodingFormat": .string(format),
        "sha256": .string(hash),
      ]
    }
    var files: [Value] = [], names: Set<String> = []
    for source in report.sources where source.dataset != nil && Self.size(source.path) <= Self.largestHashed {
      let name = (source.path as NSString).lastPathComponent
      if names.insert(name).inserted, let hash = try? Hashing.sha256(file: source.path) {
        files.append(
          object(
            name, "application/x-hdf5", hash,
            "Clips as rows of frames, with the hashes the manifest grants. It does not travel with this description: footage stays where its licensors agreed."
          ))
      }
    }
    for (i, manifest) in manifests.enumerated() {
      let name = manifestNames[manifest.sha256] ?? (i == 0 ? "optin.json" : "optin-\(i + 1).json")
      // As `Manifest.write` and `orrery export` write it.
      if names.insert(name).inserted {
        files.append(
          object(
            name, "application/json", Hashing.sha256(JSON.pretty(manifest.document)),
            "The consent manifest \(manifest.id), as orrery writes it."))
      }
    }
    return files
  }

  private var records: Value {
    func field(_ name: String, _ type: String, _ about: String) -> Value {
      [
        "@type": "cr:Field", "@id": .string("clips/" + name), "name": .string(name), "description": .string(about),
        "dataType": .string(type),
      ]
    }
    var fields = [
      field("name", "sc:Text", "The clip's name in its dataset."),
      field("frames_sha256", "sc:Text", "SHA-256 of the decoded frames, which the grant names."),
      field("licensor", "sc:Text", "Who granted it."),
      field("grant", "sc:Text", "The grant's name in the licensor's manifest."),
      field("basis", "sc:Text", "Why the licensor may grant it."),
      field("standing", "sc:Text", "By whose word: signed, or self-declared."),
    ]
    if report.usage != nil {
      fields += [
        field("frames_seen", "sc:Integer", "Frames the model saw, context included."),
        field("frames_in_loss", "sc:Integer", "Frames its loss was taken over."),
      ]
    }
    return [
      "@type": "cr:RecordSet", "@id": "clips", "name": "clips",
      "description": .string(
        report.usage == nil
          ? "The clips the manifest grants." : "The clips the run used, net of what a resume threw away."),
      "key": ["@id": "clips/name"], "field": .array(fields), "data": .array(rows),
    ]
  }

  private var rows: [Value] {
    func row(
      _ clip: String, _ hash: String, _ licensor: String, _ grant: String, _ basis: String, _ standing: String
    ) -> Value {
      [
        "clips/name": .string(clip), "clips/frames_sha256": .string(hash), "clips/licensor": .string(licensor),
        "clips/grant": .string(grant), "clips/basis": .string(basis), "clips/standing": .string(standing),
      ]
    }
    guard let usage = report.usage else {
      return report.shares.flatMap { s in
        s.assets.map { row($0.clip, $0.framesSHA256 ?? "", s.licensor, s.grantID, s.basis, s.standing) }
      }
    }
    return usage.entries.sorted {
      ($0.key.clip, $0.key.grant, $0.key.manifest) < ($1.key.clip, $1.key.grant, $1.key.manifest)
    }.map { key, entry in
      var value = row(key.clip, entry.terms.framesSHA256, key.licensor, key.grant, entry.basis, entry.standing)
      value.set("clips/frames_seen", Value(entry.usage.seen))
      value.set("clips/frames_in_loss", Value(entry.usage.framesInLoss))
      return value
    }
  }

  /// Responsible AI, from the manifests' own words.
  private var responsible: [(String, String)] {
    let purposes = Set(report.shares.flatMap { $0.grant?.purpose ?? [] }).sorted(),
      bases = Set(report.shares.map(\.basis)).sorted()
    let people = report.manifests.reduce(0) { $0 + $1.likeness.count }
    let derived = report.sources.compactMap(\.dataset).flatMap(\.clips).contains { $0.derivedFrom != nil }
    return [
      (
        "dataCollection",
        "Footage its licensors opted in, by manifest (\(bases.joined(separator: ", "))). Nothing was gathered without a grant."
      ),
      ("dataUseCases", purposes.isEmpty ? "" : "As the grants name purposes: \(purposes.joined(separator: ", "))."),
      (
        "personalSensitiveInformation",
        people == 0
          ? "The manifests name no person who can be seen or heard. Nobody looked at the pixels for faces."
          : "The manifests name \(people) \(people == 1 ? "person" : "people") who can be seen or heard, by reference only, with consent for each use."
      ),
      (
        "dataPreprocessingProtocol",
        derived
          ? "Imported clips were cut, scaled or retimed; each carries the hash of its source and of the result." : ""
      ),
      (
        "dataReleaseMaintenancePlan",
        "Grants may end or be revoked; orrery checks them at every start and checkpoint, and a newer version of a manifest supersedes this one."
      ),
      (
        "dataLimitations",
        report.usage == nil
          ? "That a licensor owns what they grant is their own statement."
          : "Counts are of frames seen in training. They say nothing of influence on the model."
      ),
    ]
  }

  /// The context of the format's appendix, with the prefixes the policies need.
  private static let context: Value = {
    var context: Value = [
      "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
      "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
      "dct": "http://purl.org/dc/terms/",
    ]
    let terms = [
      "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "excludes", "extract",
      "field", "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray",
      "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "readLines", "recordSet", "references", "regex",
      "repeated", "replace", "samplingRate", "sdVersion", "separator", "source", "subField",
      "transform", "unArchive", "value",
    ]
    for term in terms { context.set(term, .string("cr:" + term)) }
    context.set("conformsTo", "dct:conformsTo")
    context.set("data", ["@id": "cr:data", "@type": "@json"])
    context.set("examples", ["@id": "cr:examples", "@type": "@json"])
    context.set("dataType", ["@id": "cr:dataType", "@type": "@vocab"])
    for (prefix, iri) in [
      ("odrl", "http://www.w3.org/ns/odrl/2/"), ("orrery", ConsentReportODRL.profile + ":"),
      ("xsd", "http://www.w3.org/2001/XMLSchema#"), ("cc", "http://creativecommons.org/ns#"),
      ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ] {
      context.set(prefix, .string(iri))
    }
    return context
  }()
}
