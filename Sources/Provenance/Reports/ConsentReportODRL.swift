import Consent
import Files

/// A manifest as an ODRL 2.2 policy (W3C Recommendation, Information Model and Vocabulary, 2018): the licensor offers,
/// each grant permits its actions under constraints, each deny prohibits, and a prohibition wins over every permission
/// (`conflict: prohibit`), as it does in the gate.
///
/// ODRL's own actions have no training in them, so actions and a few operands are terms of the profile
/// `urn:orrery:odrl:1`. It is a translation for others to read: the gate reads the manifest, never this.
package struct ConsentReportODRL {
  package static let profile = "urn:orrery:odrl:1"
  private let manifests: [Manifest]

  package init(_ manifests: [Manifest]) { self.manifests = manifests }

  /// One policy as it is; several in a `@graph`.
  package var document: Value {
    let policies = manifests.map { Self.policy($0) }
    let context: Value = [
      "http://www.w3.org/ns/odrl.jsonld",
      [
        "orrery": .string(Self.profile + ":"), "dct": "http://purl.org/dc/terms/",
        "xsd": "http://www.w3.org/2001/XMLSchema#", "cc": "http://creativecommons.org/ns#",
      ],
    ]
    if policies.count == 1 { return .object([.init("@context", context)] + (policies[0].fields ?? [])) }
    return ["@context": context, "@graph": .array(policies)]
  }

  package static func policy(_ m: Manifest) -> Value {
    var permissions: [Value] = [], prohibitions: [Value] = []
    let whole = m.faults.isEmpty, byGrant = m.assetsByGrant
    for grant in m.grants {
      // What the gate cannot read it refuses, and so does the translation: an unreadable manifest or grant forbids its
      // clips, a clip that leans on one is not offered.
      let target = collection(grant, m),
        clips = (byGrant[grant.id] ?? []).filter { $0.faults.isEmpty && $0.grants.allSatisfy { m.grant($0) != nil } }
      guard whole, grant.faults.isEmpty else {
        prohibitions.append([
          "target": .object([
            .init("@type", "AssetCollection"), .init("uid", .string(target)),
            .init("dct:hasPart", .array(clips.map(part))),
          ]), "action": "use",
        ]); continue
      }
      var collection: Value = [
        "@type": "AssetCollection", "uid": .string(target), "dct:extent": Value(clips.count),
        "dct:hasPart": .array(clips.map(part)),
      ]
      // The clips are listed where the collection is first named, and referred to after that.
      func rule(_ action: String, _ constraints: [Value], _ duties: [Value]) -> Value {
        defer { collection = .string(target) }
        var rule: Value = ["target": collection, "action": .string(action)]
        if grant.licensee != "any" { rule.set("assignee", .string(IRI.of(grant.licensee, "party"))) }
        if !constraints.isEmpty { rule.set("constraint", .array(constraints)) }
        if !duties.isEmpty { rule.set("duty", .array(duties)) }
        return rule
      }
      for action in grant.actions { permissions.append(rule(term(action), constraints(grant), duties(grant))) }
      for action in grant.deny.map(\.rawValue).sorted() { prohibitions.append(rule(term(action), [], [])) }
      if !grant.commercial { prohibitions.append(rule("cc:CommercialUse", [], [])) }
    }
    var policy: Value = [
      "@type": "Offer", "uid": .string(IRI.manifest(m.sha256)), "profile": .string(profile), "conflict": "prohibit",
      "assigner": .string(IRI.of(m.licensor.id, "party")),
      "dct:identifier": .string(m.id), "dct:hasVersion": .string(String(m.version)),
    ]
    if let issued = m.issued { policy.set("dct:issued", date(issued)) }
    if let name = m.licensor.name { policy.set("dct:creator", .string(name)) }
    if !permissions.isEmpty { policy.set("permission", .array(permissions)) }
    // A policy needs a rule, and a manifest that grants nothing says no.
    if permissions.isEmpty && prohibitions.isEmpty {
      prohibitions = [["target": .string(IRI.manifest(m.sha256) + ":assets"), "action": "use"]]
    }
    if !prohibitions.isEmpty { policy.set("prohibition", .array(prohibitions)) }
    return policy
  }

  /// People who are shown consent apart from the grant, which ODRL has no word for: their references stand with the
  /// clip.
  private static func part(_ a: Manifest.Asset) -> Value {
    var part: Value = ["@type": "Asset", "uid": .string(asset(a)), "dct:title": .string(a.clip)]
    if !a.likeness.isEmpty { part.set("orrery:needsLikenessConsentOf", texts(a.likeness)) }
    return part
  }

  private static func collection(_ grant: Manifest.Grant, _ m: Manifest) -> String {
    IRI.manifest(m.sha256) + ":grant:" + IRI.escaped(grant.id)
  }
  private static func asset(_ a: Manifest.Asset) -> String {
    (a.framesSHA256 ?? a.fileSHA256).map { "urn:orrery:frames:sha256:" + $0 } ?? IRI.of(a.clip, "clip")
  }
  private static func term(_ word: String) -> String { "orrery:" + IRI.escaped(word) }
  private static func date(_ m: Moment) -> Value { ["@value": .string(m.description), "@type": "xsd:dateTime"] }
  private static func texts(_ words: [String]) -> Value { .array(words.map { .string($0) }) }

  private static func constraints(_ g: Manifest.Grant) -> [Value] {
    func constraint(_ left: String, _ op: String, _ right: Value) -> Value {
      ["leftOperand": .string(left), "operator": .string(op), "rightOperand": right]
    }
    var all: [Value] = []
    if let from = g.from { all.append(constraint("dateTime", "gteq", date(from))) }
    if let until = g.until { all.append(constraint("dateTime", "lt", date(until))) }
    if !g.purpose.contains("any") { all.append(constraint("purpose", "isAnyOf", texts(g.purpose))) }
    if !g.territory.contains("*") {
      all.append(constraint("spatial", "isAnyOf", texts(g.territory.map { "urn:iso:std:iso:3166:" + IRI.escaped($0) })))
    }
    if !g.models.contains("any") { all.append(constraint("orrery:model", "isAnyOf", texts(g.models))) }
    if let cap = g.maxExposures {
      all.append(
        constraint("orrery:framesSeenPerClip", "lteq", ["@value": .string(String(cap)), "@type": "xsd:integer"]))
    }
    if let weights = g.derivatives?.weights {
      all.append(constraint("orrery:derivedWeights", "eq", .string(weights.rawValue)))
    }
    if let outputs = g.derivatives?.outputs {
      all.append(constraint("orrery:derivedOutputs", "eq", .string(outputs.rawValue)))
    }
    return all
  }

  private static func duties(_ g: Manifest.Grant) -> [Value] {
    var all: [Value] = []
    if g.attribution == .required { all.append(["action": "attribute"]) }
    guard let c = g.compensation, c.model != .none else { return all }
    var amount: Value = [
      "leftOperand": "payAmount", "operator": "eq",
      "rightOperand": ["@value": .string(c.rate ?? "0"), "@type": "xsd:decimal"],
    ]
    if let currency = c.currency { amount.set("unit", .string("urn:iso:std:iso:4217:" + IRI.escaped(currency))) }
    let model: Value = [
      "leftOperand": "orrery:compensationModel", "operator": "eq", "rightOperand": .string(c.model.rawValue),
    ]
    var duty: Value = [
      "action": [
        "rdf:value": ["@id": "odrl:compensate"], "refinement": .array(c.rate == nil ? [model] : [model, amount]),
      ]
    ]
    if let payee = c.payee { duty.set("compensatedParty", .string(IRI.of(payee, "party"))) }
    all.append(duty)
    return all
  }
}

extension Manifest {
  /// Entries by the grants they name, in the manifest's order.
  var assetsByGrant: [String: [Asset]] {
    var found: [String: [Asset]] = [:]
    for asset in assets { for grant in Set(asset.grants) { found[grant, default: []].append(asset) } }
    return found
  }
}

extension ConsentReportODRL {
  /// The same policy with every ODRL term under the prefix `odrl`, for a document whose context is another
  /// vocabulary's.
  static func prefixed(_ value: Value) -> Value {
    switch value {
    case .array(let items): return .array(items.map(prefixed))
    case .object(let fields):
      return .object(
        fields.map { field in
          let key = field.key
          if key == "uid" { return .init("@id", field.value) }
          if key == "@type" { return .init(key, .string(typed(field.value.string ?? ""))) }
          if key.contains(":") || key.hasPrefix("@") { return .init(key, prefixed(field.value)) }
          if ["target", "assigner", "assignee", "profile", "compensatedParty", "unit"].contains(key),
            let iri = field.value.string
          {
            return .init("odrl:" + key, ["@id": .string(iri)])
          }
          if ["action", "leftOperand", "operator", "conflict"].contains(key), let word = field.value.string {
            return .init("odrl:" + key, ["@id": .string(word.contains(":") ? word : "odrl:" + word)])
          }
          return .init("odrl:" + key, prefixed(field.value))
        })
    default: return value
    }
  }

  private static func typed(_ type: String) -> String { type.contains(":") ? type : "odrl:" + type }
}
