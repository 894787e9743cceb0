import Consent
import Files
import Foundation
import Runs

/// `consent verify`: what stands behind a manifest, apart from any clip.
public struct ConsentVerification: Sendable {
  public let manifest: Manifest
  public let assurance: Assurance
  private let trust: Trust
  private let path: String
  private let notes: [Reason]
  private let time: Moment

  /// - Parameter previous: the version it says it supersedes, if that is at hand.
  public init(
    _ path: String, _ files: ConsentFiles, previous: String? = nil, home: HomeFolder? = .own, at time: Moment = .now()
  ) throws {
    (self.path, self.time, manifest) = (path, time, try Manifest(path: path))
    let policy = try files.policy(for: [manifest], home: home)
    (trust, assurance) = (policy.trust, policy.assurance(of: manifest, at: time))
    notes = manifest.faults + assurance.faults + Decision.clockTrouble(manifest, at: time)
    guard let previous else { return }
    let old = try Manifest(path: previous)
    guard manifest.supersedes == "sha256:" + old.sha256, manifest.version > old.version, manifest.id == old.id else {
      throw Problem(
        "it does not supersede that manifest", at: path,
        expected: "the id \(old.id), a version above \(old.version), and supersedes: sha256:\(old.sha256)",
        fix: "compare them: " + Shell.orrery(["consent", "diff", previous, path]))
    }
  }

  /// Signed, by somebody believed, and nothing stands against it as a whole.
  public var holds: Bool { notes.isEmpty && assurance.standing == .signed }

  private var rows: [(Signature, valid: Bool, trusted: Trust.Entry?)] {
    zip(manifest.signatures, manifest.signers).map { signature, key in
      (
        signature, key != nil,
        key.flatMap { trust.entry(signature, $0, for: manifest.licensor.id, at: time) ?? trust.keys[$0.did] }
      )
    }
  }

  public var text: String {
    var lines = [
      "\(manifest.id), version \(manifest.version), of \(manifest.licensor.name ?? manifest.licensor.id)",
      "sha256 \(manifest.sha256)",
    ]
    for (signature, valid, trusted) in rows {
      lines.append(
        "  \(valid ? "valid" : "NOT VALID")  \(signature.alg)  \(signature.kid)  \(trusted.map { "trusted" + ($0.name.map { " (\($0))" } ?? "") } ?? "not in the trust file")"
      )
    }
    if rows.isEmpty {
      lines.append("  nobody signed it: it is self-declared, and taken only where its basis is listed")
    }
    for reason in notes { lines += ["\(reason.code.rawValue): \(reason.sentence)", "    to fix: \(reason.fix)"] }
    if holds {
      lines.append(
        "it holds"
          + (assurance.revocationSerial > 0
            ? "; the newest revocation list at hand has serial \(assurance.revocationSerial)" : ""))
    }
    return lines.joined(separator: "\n")
  }

  public var value: Value {
    [
      "manifest": .string(path), "id": .string(manifest.id), "version": Value(manifest.version),
      "sha256": .string(manifest.sha256), "licensor": .string(manifest.licensor.id),
      "holds": .bool(holds), "standing": .string(assurance.standing.rawValue), "signer": Value(assurance.signer),
      "revocation_serial": Value(assurance.revocationSerial),
      "signatures": .array(
        rows.map { row in
          [
            "alg": .string(row.0.alg), "kid": .string(row.0.kid), "valid": .bool(row.valid),
            "trusted": .bool(row.trusted != nil), "name": Value(row.trusted?.name),
          ]
        }),
      "reasons": .array(notes.map(\.value)),
    ]
  }

  public func requireHolds() throws {
    guard !holds else { return }
    throw Problem(
      notes.isEmpty ? "nobody signed this manifest" : "this manifest cannot be relied on", at: path,
      fix: notes.first?.fix ?? "ask the licensor to sign it: " + Shell.orrery(["consent", "sign", path]))
  }
}
