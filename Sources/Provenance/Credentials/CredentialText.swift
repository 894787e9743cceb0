import Consent
import Credentials
import Files

/// A file's credentials as `orrery credentials show` and `verify` print them.
public enum CredentialText {
  /// What the file says it is, line by line; the verdict first.
  public static func show(_ r: CredentialReport) -> String {
    var rows: [(String, String)] = [("file", r.path), ("credentials", r.source.name), ("verdict", verdict(r))]
    if let s = r.signer {
      rows += [
        ("signed by", s.name + (s.organization.map { ", \($0)" } ?? "")), ("issued by", s.issuer),
        ("certificate", "\(s.fingerprint.prefix(16))…, \(s.algorithm), until \(s.notAfter)"),
      ]
    }
    if r.hasTimeStamp { rows.append(("time stamp", "there is one; it is not verified here")) }
    for m in r.manifests.reversed() {
      rows.append((m.isActive ? "says" : "carries", m.title ?? m.label))
      rows.append(("  by", (m.generator ?? "an unnamed program") + (m.when.map { ", \($0)" } ?? "")))
      rows += m.actions.map { ("  action", $0) }
      rows += m.ingredients.map { ("  \($0.relationship)", $0.title + ($0.hasManifest ? " (with credentials)" : "")) }
      rows += m.training.map { ("  " + $0.use, $0.permission.rawValue + ($0.constraint.map { ": \($0)" } ?? "")) }
      // Stored sorted by length; read by weight.
      let order = [
        "model", "run", "weights_sha256", "ledger_head", "seed", "index", "sampler", "given_frames", "frames",
      ]
      func rank(_ key: String) -> Int { order.firstIndex(of: key) ?? order.count }
      for field in (m.generation?.fields ?? []).enumerated().sorted(by: {
        (rank($0.element.key), $0.offset) < (rank($1.element.key), $1.offset)
      }).map(\.element) { rows.append(("  " + field.key, field.value.string ?? JSON.line(field.value))) }
    }
    return table(rows)
  }

  /// Every check, failures first.
  public static func checks(_ r: CredentialReport) -> String {
    let order: [Finding.Kind] = [.failure, .informational, .success]
    let sorted = order.flatMap { kind in r.findings.filter { $0.kind == kind } }
    return table(
      [("file", r.path), ("credentials", r.source.name), ("verdict", verdict(r)), ("", "")]
        + sorted.map {
          (
            $0.code.rawValue,
            "\($0.kind == .failure ? "FAILED: " : "")\($0.explanation)" + ($0.part.isEmpty ? "" : " [\($0.part)]")
          )
        })
  }

  public static func verdict(_ r: CredentialReport) -> String {
    switch r.state {
    case .trusted: "Trusted: unchanged, and signed by somebody the trust roots vouch for"
    case .valid: "Valid: unchanged, but nobody vouches for the signer"
    case .invalid:
      "Invalid: "
        + (r.findings.first { $0.kind == .failure && $0.code != .untrusted }?.explanation ?? "it does not hold")
    }
  }

  public static func value(_ r: CredentialReport) -> Value {
    [
      "file": .string(r.path), "source": .string(r.source == .embedded ? "embedded" : "sidecar"),
      "state": .string(r.state.rawValue), "signer": r.signer?.value ?? .null,
      "time_stamp": .string(r.hasTimeStamp ? "present, not verified" : "none"),
      "manifests": .array(r.manifests.map(manifest)), "findings": .array(r.findings.map(\.value)),
    ]
  }

  private static func manifest(_ m: CredentialReport.Manifest) -> Value {
    [
      "label": .string(m.label), "active": .bool(m.isActive), "title": Value(m.title), "generator": Value(m.generator),
      "when": Value(m.when),
      "actions": .array(m.actions.map { .string($0) }), "assertions": .array(m.assertions.map { .string($0) }),
      "ingredients": .array(
        m.ingredients.map {
          ["title": .string($0.title), "relationship": .string($0.relationship), "credentials": .bool($0.hasManifest)]
        }),
      "training_mining": .array(
        m.training.map {
          ["key": .string($0.key), "use": .string($0.permission.rawValue), "constraint": Value($0.constraint)]
        }),
      "generation": m.generation ?? .null,
    ]
  }

  private static func table(_ rows: [(String, String)]) -> String {
    TextTable.text(rows.map { [$0, printable($1)] }, left: nil)
  }

  /// What strangers wrote must not move the terminal's cursor.
  private static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(400).map {
          $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || (0x202A...0x202E).contains($0.value)
            || (0x2066...0x2069).contains($0.value) ? "\u{FFFD}" : $0
        }))
  }
}
