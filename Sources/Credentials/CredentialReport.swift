import Files
import Foundation

/// A file's credentials, read and checked.
public struct CredentialReport: Sendable {
  /// What one manifest says, whether or not it holds.
  public struct Manifest: Sendable {
    public let label: String
    public let isActive: Bool
    public let title: String?
    /// Program and version.
    public let generator: String?
    /// When the first action is said to have happened.
    public let when: String?
    /// `c2pa.created (trainedAlgorithmicMedia)`, …
    public let actions: [String]
    public let ingredients: [(title: String, relationship: String, hasManifest: Bool)]
    public let assertions: [String]
    public let training: [TrainingMining.Entry]
    /// Our own assertion, where there is one.
    public let generation: Value?
  }

  public let path: String
  public let source: StoreSource
  public let state: ValidationState
  public let findings: [Finding]
  /// In the store's order; the active one is last.
  public let manifests: [Manifest]
  /// Of the active manifest; nil when the certificate cannot be read.
  public let signer: SignerIdentity?
  public let hasTimeStamp: Bool

  /// - Returns: nil when the file has no credentials.
  /// - Throws: `Problem` when it has some that cannot be read.
  public static func read(_ path: String, trust: TrustRoots, now: Date = Date()) throws -> CredentialReport? {
    try read(OpenedFile(path), trust: trust, now: now)
  }

  /// The same of a file that is open.
  package static func read(_ file: OpenedFile, trust: TrustRoots, now: Date = Date()) throws -> CredentialReport? {
    let path = file.path, file = FileBytes(file)
    guard let found = try StoreReader.find(file) else { return nil }
    let store = try ManifestStore(found.bytes, at: path)
    var verifier = Verifier(store, of: file, roots: trust, now: now)
    verifier.run()
    let manifests = store.manifests.map { manifest(of: $0, isActive: $0.label == store.active.label, at: path) }
    return CredentialReport(
      path: path, source: found.source, state: verifier.state, findings: verifier.findings, manifests: manifests,
      signer: verifier.signer, hasTimeStamp: verifier.hasTimeStamp)
  }

  /// The name under which this program says how it made something.
  public static let generationLabel = "org.orrery.generation"

  private static func manifest(of m: ManifestStore.Manifest, isActive: Bool, at path: String) -> Manifest {
    let claim = try? m.claim(at: path), info = claim?.value["claim_generator_info"] ?? claim?.value["claim_generator"]
    let one = info?.array?.first ?? info
    let generator = one?.text ?? one?["name"]?.text.map { $0 + (one?["version"]?.text.map { " " + $0 } ?? "") }
    let values = m.assertions.compactMap { box in
      (try? ManifestStore.Manifest.value(box, at: path)).flatMap { $0 }.map { (label: box.label, value: $0) }
    }
    func of(_ prefix: String) -> [CBOR] { values.filter { Assertion.kind($0.label).hasPrefix(prefix) }.map(\.value) }
    let actions = of("c2pa.actions").flatMap { $0["actions"]?.array ?? [] }
    let training = values.filter {
      ["cawg.training-mining", "c2pa.training-mining"].contains(Assertion.kind($0.label))
    }
    return Manifest(
      label: m.label, isActive: isActive, title: claim?.value["dc:title"]?.text, generator: generator,
      when: actions.lazy.compactMap { time($0["when"]) }.first,
      actions: actions.map { action in
        let source = action["digitalSourceType"]?.text?.split(separator: "/").last.map(String.init)
        return (action["action"]?.text ?? "?") + (source.map { " (\($0))" } ?? "")
      },
      ingredients: of("c2pa.ingredient").map {
        (
          $0["dc:title"]?.text ?? "untitled", $0["relationship"]?.text ?? "?",
          $0["activeManifest"] != nil || $0["c2pa_manifest"] != nil
        )
      },
      assertions: m.assertions.map(\.label),
      training: training.flatMap {
        TrainingMining.entries($0.value, label: Assertion.kind($0.label), isActive: isActive)
      },
      generation: of(generationLabel).first?.json)
  }

  private static func time(_ value: CBOR?) -> String? {
    if case .tagged(0, let inner) = value { return inner.text }
    return value?.text
  }
}
