import Credentials
import Files
import Foundation
import Runs

/// What the `orrery credentials` commands do.
public enum CredentialCheck {
  /// - Parameter trust: a file of PEM roots; nil takes the local root, if there is one.
  /// - Throws: `Problem` when the file has no credentials, or some that cannot be read.
  public static func read(_ path: String, trust: String?) throws -> CredentialReport {
    guard let report = try CredentialReport.read(path, trust: try roots(trust)) else {
      throw Problem(
        "the file carries no content credentials", at: path,
        expected: "a manifest store inside, or a .c2pa file beside it")
    }
    return report
  }

  public static func roots(_ path: String?) throws -> TrustRoots {
    if let path { return try TrustRoots(path: path) }
    return try folder().trust()
  }

  public static func folder() throws -> CredentialsFolder { try .required(.own) }

  public static func requireTrusted(_ report: CredentialReport) throws {
    switch report.state {
    case .trusted: return
    case .valid:
      throw Problem(
        "the file is unchanged, but nobody vouches for its signer", at: report.path,
        fix: "if you know '\(report.signer?.issuer ?? "?")', give its root with --trust roots.pem")
    case .invalid:
      let codes = report.findings.filter { $0.kind == .failure }.map(\.code.rawValue)
      throw Problem(
        "the credentials do not hold: \(codes.joined(separator: ", "))", at: report.path,
        fix: "get the file again from where it was published")
    }
  }

  public static func initialise(
    certificate: String?, key: String?, replace: Bool
  ) throws -> (value: Value, text: String) {
    let folder = try folder()
    switch (certificate, key) {
    case (nil, nil):
      let was = folder.exists
      guard !(was && replace) else {
        throw Problem.usage("--replace was given without a chain", fix: "name it with --certificate and --key")
      }
      _ = try folder.signer()
      let text =
        was
        ? "credentials are there already: \(folder.path)"
        : "issued a local root and a certificate: \(folder.path)\ngive \(folder.rootPath) to whoever is to trust them"
      return (["folder": .string(folder.path), "root": .string(folder.rootPath), "issued": .bool(!was)], text)
    case (let chain?, let key?):
      try folder.adopt(chain: chain, key: key, replace: replace)
      return (
        ["folder": .string(folder.path), "certificate": .string(chain), "issued": false],
        "videos will be signed with your own certificate, kept in \(folder.path)"
      )
    default:
      throw Problem.usage(
        "--certificate and --key belong together", fix: "give both, or neither to have a local root issued")
    }
  }

  /// A copy of `path` under the local signature. Without credentials of its own, only what is said to be generated is
  /// signed.
  public static func sign(_ path: String, to out: String, generated: Bool) throws -> CredentialReport {
    let folder = try folder(), signer = try folder.signer(), trust = try roots(nil)
    let hasOld = try CredentialReport.read(path, trust: trust) != nil
    guard hasOld || generated else {
      throw Problem.usage(
        "the file carries no credentials, and nothing says where it is from", at: path,
        fix: "say --generated if a trained model made it; nothing else is signed here")
    }
    guard !(hasOld && generated) else {
      throw Problem.usage("the file's own credentials say where it is from", at: path, fix: "leave --generated out")
    }
    let name = (out as NSString).lastPathComponent
    try Embedder.sign(
      path, to: out,
      Credential(title: name, format: "video/mp4", generator: Build.generator, source: hasOld ? nil : .trained),
      by: signer, trust: trust)
    return try read(out, trust: nil)
  }
}

extension Build {
  /// `version` in two parts, as claims state it.
  package static var generator: (name: String, version: String) {
    let parts = version.split(separator: " ", maxSplits: 1).map(String.init)
    return (parts[0], parts.count > 1 ? parts[1] : "0")
  }
}
