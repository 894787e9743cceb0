import Files
import Foundation
import SwiftASN1
import X509

/// Checks a manifest store against the file it is for, in the order of C2PA 2.x §15: signature, signer, assertions,
/// hard binding, ingredients. Revocation (OCSP) and time stamps are not asked.
struct Verifier {
  let store: ManifestStore
  let file: FileBytes
  let roots: TrustRoots
  let now: Date
  private(set) var findings: [Finding] = []
  /// Of the active manifest.
  private(set) var signer: SignerIdentity?
  private(set) var hasTimeStamp = false
  /// Problems of ingredients that whoever used them already recorded.
  private var excused: Set<String> = []
  private var visited: Set<String> = []
  /// Assertions that later manifests took out of earlier ones.
  private var redacted: Set<String> = []
  /// Hashes of whole manifests: many ingredients may name one.
  private var hashes: [String: [UInt8]] = [:]

  init(_ store: ManifestStore, of file: FileBytes, roots: TrustRoots, now: Date) {
    (self.store, self.file, self.roots, self.now) = (store, file, roots, now)
  }

  var state: ValidationState {
    let active = store.active.label
    let failures = findings.filter { $0.kind == .failure && $0.code != .untrusted }
    guard failures.isEmpty, findings.contains(where: { $0.manifest == active && $0.code == .signatureValidated }) else {
      return .invalid
    }
    return findings.contains { $0.manifest == active && $0.code == .trusted } ? .trusted : .valid
  }

  mutating func run() {
    redacted = Set(store.manifests.compactMap { try? $0.claim(at: file.path) }.flatMap(\.redacted))
    check(store.active, isActive: true, depth: 0)
    // As C2PA has it, only what is new about an ingredient counts against whoever used it.
    findings = findings.map { finding in
      guard finding.kind == .failure, finding.manifest != store.active.label,
        excused.contains(finding.manifest + " " + finding.code.rawValue)
      else { return finding }
      return Finding(
        code: finding.code, kind: .informational, manifest: finding.manifest, part: finding.part,
        explanation: "when this ingredient was used it was recorded that " + finding.explanation)
    }
  }

  private mutating func note(
    _ code: Finding.Code, _ kind: Finding.Kind, _ manifest: String, _ part: String, _ explanation: String
  ) {
    findings.append(Finding(code: code, kind: kind, manifest: manifest, part: part, explanation: explanation))
  }

  private mutating func check(_ manifest: ManifestStore.Manifest, isActive: Bool, depth: Int) {
    guard visited.insert(manifest.label).inserted else { return }
    let label = manifest.label
    for stranger in manifest.strangers {
      note(.unknownBox, .informational, label, "", "a box of the unknown type '\(stranger)' is not looked at")
    }
    guard !manifest.claims.isEmpty else { return note(.claimMissing, .failure, label, "", "the manifest has no claim") }
    guard manifest.claims.count == 1 else {
      return note(.claimMultiple, .failure, label, "", "the manifest has \(manifest.claims.count) claims")
    }
    let claim: ManifestStore.Manifest.Claim
    do { claim = try manifest.claim(at: file.path) } catch {
      return note(.claimMalformed, .failure, label, manifest.claims[0].label, (error as? Problem)?.what ?? "\(error)")
    }
    signature(manifest, claim, isActive)
    let values = assertions(manifest, claim)
    actions(manifest, claim, values)
    if isActive { binding(manifest, claim, values) }
    ingredients(manifest, values, depth)
  }

  private mutating func signature(
    _ manifest: ManifestStore.Manifest, _ claim: ManifestStore.Manifest.Claim, _ isActive: Bool
  ) {
    let label = manifest.label, part = "c2pa.signature"
    let named = claim.value["signature"]?.text.flatMap {
      ManifestStore.Manifest.Reference(["url": .text($0), "hash": .bytes([])])?.target
    }
    guard let named, named.manifest == nil || named.manifest == label, named.path.last == manifest.signature?.label,
      let bytes = manifest.signature?.leaf("cbor")
    else { return note(.signatureMissing, .failure, label, part, "the claim is not signed") }
    let cose: COSE
    do { cose = try COSE(bytes, at: file.path) } catch {
      return note(.signatureMismatch, .failure, label, part, (error as? Problem)?.what ?? "\(error)")
    }
    guard let algorithm = cose.algorithm else {
      return note(
        .algorithmUnsupported, .failure, label, part,
        "the signature's algorithm \(cose.algorithmName) is not one C2PA allows")
    }
    let chain: [Certificate]
    do { chain = try cose.chain.map { try Certificate(derEncoded: $0) } } catch let error as CertificateError
      where error.code == .unsupportedSignatureAlgorithm
    {
      return note(
        .algorithmUnsupported, .failure, label, part,
        "a certificate of the signer's chain is signed with an algorithm not supported here (RSA-PSS?), so the signature cannot be checked"
      )
    } catch {
      note(.credentialInvalid, .failure, label, part, "a certificate of the signer's chain cannot be read")
      return note(.signatureMismatch, .failure, label, part, "without the signer's key the signature does not hold")
    }
    if isActive { (signer, hasTimeStamp) = (SignerIdentity(chain[0], algorithm: algorithm.name), cose.hasTimeStamp) }
    if cose.hasTimeStamp {
      note(.timeStampUnverified, .informational, label, part, "there is a time stamp; this reader does not verify it")
    }
    let faults = CertificateProfile.faults(chain[0])
    let isInside = chain[0].notValidBefore <= now && now <= chain[0].notValidAfter
    if !faults.isEmpty {
      note(
        .credentialInvalid, .failure, label, part,
        "the signer's certificate does not fit C2PA: " + faults.joined(separator: ", "))
    } else if !isInside {
      note(
        .expired, .failure, label, part,
        "the signer's certificate is valid from \(Stamp.text(chain[0].notValidBefore)) to \(Stamp.text(chain[0].notValidAfter))"
      )
    }
    if faults.isEmpty {
      let trust =
        isInside
        ? roots.accepts(chain, at: now) : (trusted: false, reason: "a certificate is believed within its validity only")
      note(trust.trusted ? .trusted : .untrusted, trust.trusted ? .success : .failure, label, part, trust.reason)
    }
    if cose.isValid(for: claim.bytes, key: PublicKey(certificate: chain[0])) {
      if isInside { note(.insideValidity, .success, label, part, "the certificate is valid today") }
      note(.signatureValidated, .success, label, part, "the claim is as it was signed")
    } else {
      note(.signatureMismatch, .failure, label, part, "the claim or its signature was changed")
    }
  }

  /// - Returns: assertions whose hash holds, by label.
  private mutating func assertions(
    _ manifest: ManifestStore.Manifest, _ claim: ManifestStore.Manifest.Claim
  ) -> [(label: String, value: CBOR)] {
    let stored = Dictionary(grouping: manifest.assertions, by: \.label), isActive = manifest.label == store.active.label
    var values: [(String, CBOR)] = [], named: Set<String> = []
    for reference in claim.references {
      guard let target = reference.target, target.manifest == nil || target.manifest == manifest.label,
        target.path.count == 2, target.path[0].hasPrefix("c2pa.assertions")
      else {
        note(
          .assertionMissing, .failure, manifest.label, "",
          "the claim names '\(reference.url.prefix(120))', which is no assertion of its own")
        continue
      }
      let name = target.path[1], part = "c2pa.assertions/" + name
      let boxes = stored[name] ?? []
      guard let box = boxes.first else {
        if !isActive, redacted.contains("self#jumbf=/c2pa/\(manifest.label)/\(part)") { named.insert(name); continue }
        note(.assertionMissing, .failure, manifest.label, part, "the claim names an assertion that is not there")
        continue
      }
      guard named.insert(name).inserted, boxes.count == 1 else {
        note(.assertionUndeclared, .failure, manifest.label, part, "the assertion stands there, or is named, twice")
        continue
      }
      guard Digest.of(box.payload, reference.kind ?? claim.kind) == reference.hash else {
        note(.assertionMismatch, .failure, manifest.label, part, "the assertion is not what the claim says")
        continue
      }
      note(.assertionMatch, .success, manifest.label, part, "the assertion is as it was signed")
      do { if let value = try ManifestStore.Manifest.value(box, at: file.path) { values.append((name, value)) } } catch
      {
        note(.assertionMalformed, .failure, manifest.label, part, (error as? Problem)?.what ?? "\(error)")
      }
    }
    for box in manifest.assertions where !named.contains(box.label) {
      note(
        .assertionUndeclared, .failure, manifest.label, "c2pa.assertions/" + box.label,
        "an assertion stands there that the claim does not name")
    }
    return values
  }

  private mutating func actions(
    _ manifest: ManifestStore.Manifest, _ claim: ManifestStore.Manifest.Claim, _ values: [(label: String, value: CBOR)]
  ) {
    guard claim.isVersion2 else { return }
    let lists = values.filter { Assertion.kind($0.label).hasPrefix("c2pa.actions") }
    let first = lists.lazy.compactMap { $0.value["actions"]?.array?.first?["action"]?.text }.first
    guard first == "c2pa.created" || first == "c2pa.opened" else {
      return note(
        .actionMalformed, .failure, manifest.label, "c2pa.assertions",
        "the first action is \(first.map { "'\($0.prefix(60))'" } ?? "missing"), not c2pa.created or c2pa.opened")
    }
  }

  private mutating func binding(
    _ manifest: ManifestStore.Manifest, _ claim: ManifestStore.Manifest.Claim, _ values: [(label: String, value: CBOR)]
  ) {
    let hard = claim.references.compactMap { $0.target?.path.last }.filter { Self.isBinding(Assertion.kind($0)) }
    guard hard.count <= 1 else {
      return note(
        .bindingsMultiple, .failure, manifest.label, "",
        "the claim is bound to the file \(hard.count) times: \(hard.joined(separator: ", "))")
    }
    guard let name = hard.first else {
      return note(.bindingMissing, .failure, manifest.label, "", "nothing binds the claim to the file")
    }
    // A binding that does not match its own hash was reported with the assertions.
    guard let value = values.first(where: { $0.label == name })?.value else { return }
    let part = "c2pa.assertions/" + name, kind = Assertion.kind(name)
    if kind == "c2pa.hash.data" { return data(manifest, claim, value, part) }
    guard kind.hasPrefix("c2pa.hash.bmff") else {
      return note(.bindingMissing, .failure, manifest.label, part, "the binding '\(kind)' is not supported here")
    }
    do {
      let hash = try BMFFHash(value, label: kind, fallback: claim.kind, at: file.path)
      if hash.hasAdditionalExclusions {
        note(.bmffExtra, .informational, manifest.label, part, "the signer left out more of the file than has to be")
      }
      let bmff = try BMFF(file)
      let matches = bmff.fault == nil ? try hash.matches(bmff) : false
      note(
        matches ? .bmffMatch : .bmffMismatch, matches ? .success : .failure, manifest.label, part,
        try matches
          ? "the file is as it was signed"
          : bmff.fault?.what ?? bmff.objectionToUnhashed(hash.merkle) ?? "the file was changed after it was signed")
    } catch { note(.bmffMalformed, .failure, manifest.label, part, (error as? Problem)?.what ?? "\(error)") }
  }

  private mutating func data(
    _ manifest: ManifestStore.Manifest, _ claim: ManifestStore.Manifest.Claim, _ value: CBOR, _ part: String
  ) {
    do {
      let hash = try DataHash(value, fallback: claim.kind, at: file.path)
      if hash.exclusions.count > 1 {
        note(.dataExtra, .informational, manifest.label, part, "the signer left out more of the file than has to be")
      }
      let matches = try hash.matches(file)
      note(
        matches ? .dataMatch : .dataMismatch, matches ? .success : .failure, manifest.label, part,
        matches ? "the file is as it was signed" : "the file was changed after it was signed")
    } catch { note(.dataMalformed, .failure, manifest.label, part, (error as? Problem)?.what ?? "\(error)") }
  }

  private static func isBinding(_ kind: String) -> Bool {
    kind == "c2pa.hash.data" || kind.hasPrefix("c2pa.hash.bmff") || kind == "c2pa.hash.boxes"
      || kind.hasPrefix("c2pa.hash.collection") || kind.hasPrefix("c2pa.hash.multi-asset")
  }

  private mutating func hash(of manifest: ManifestStore.Manifest, _ kind: Digest.Kind) -> [UInt8] {
    let key = kind.rawValue + manifest.label
    if let known = hashes[key] { return known }
    let hash = Digest.of(manifest.box.payload, kind)
    hashes[key] = hash
    return hash
  }

  private mutating func ingredients(
    _ manifest: ManifestStore.Manifest, _ values: [(label: String, value: CBOR)], _ depth: Int
  ) {
    for (name, value) in values where Assertion.kind(name).hasPrefix("c2pa.ingredient") {
      let part = "c2pa.assertions/" + name
      guard let named = value["activeManifest"] ?? value["c2pa_manifest"] else { continue }
      guard let reference = ManifestStore.Manifest.Reference(named), let target = reference.target,
        let label = target.manifest
      else {
        note(
          .ingredientMalformed, .failure, manifest.label, part,
          "the ingredient names its manifest in a way we cannot read")
        continue
      }
      guard let there = store.manifest(label) else {
        note(
          .ingredientMissing, .failure, manifest.label, part,
          "the ingredient's manifest '\(label.prefix(80))' is not in the store");
        continue
      }
      guard hash(of: there, reference.kind ?? .sha256) == reference.hash else {
        note(
          .ingredientMismatch, .failure, manifest.label, part, "the ingredient's manifest is not the one that was used")
        continue
      }
      if let signature = value["claimSignature"] {
        let bytes = there.signature?.payload ?? []
        guard let reference = ManifestStore.Manifest.Reference(signature),
          Digest.of(bytes, reference.kind ?? .sha256) == reference.hash
        else {
          note(
            .ingredientSignatureMismatch, .failure, manifest.label, part,
            "the ingredient's signature is not the one that was used")
          continue
        }
      }
      note(.ingredientValidated, .success, manifest.label, part, "the ingredient's manifest is the one that was used")
      for failure in (value["validationResults"]?["activeManifest"]?["failure"]?.array ?? [])
        + (value["validationStatus"]?.array ?? [])
      {
        if let code = failure["code"]?.text { excused.insert(label + " " + code) }
      }
      if depth < 64 { check(there, isActive: false, depth: depth + 1) }
    }
  }
}
