import Files
import Foundation

/// What an asset was made from or with: `c2pa.ingredient.v3` (C2PA 2.x §18.16).
public struct Ingredient: Sendable {
  public enum Relationship: String, Sendable { case parentOf, componentOf, inputTo }
  public enum DataType: String, Sendable { case model = "c2pa.types.model", dataset = "c2pa.types.dataset" }

  public var title: String
  public var format: String?
  public var relationship: Relationship
  /// A name for exactly these bytes, such as `urn:sha256:…`.
  public var instanceID: String?
  public var description: String?
  public var dataType: DataType?
  /// The ingredient's own credentials, to be carried along.
  public var carried: Carried?

  public init(
    _ title: String, _ relationship: Relationship, format: String? = nil, instanceID: String? = nil,
    description: String? = nil, dataType: DataType? = nil, carried: Carried? = nil
  ) {
    (self.title, self.relationship, self.format, self.instanceID, self.description) = (
      title, relationship, format, instanceID, description
    )
    (self.dataType, self.carried) = (dataType, carried)
  }

  /// A store to carry along, and what was found of it when it was used.
  public struct Carried: Sendable {
    let manifests: [JUMBF]
    let findings: [Finding]
    let active: ManifestStore.Manifest
    public let state: ValidationState

    /// The credentials of the file at `path`; nil when it has none.
    public init?(_ path: String, trust: TrustRoots, now: Date) throws {
      try self.init(OpenedFile(path), trust: trust, now: now)
    }

    /// The same of a file that is open.
    package init?(_ opened: OpenedFile, trust: TrustRoots, now: Date) throws {
      let file = FileBytes(opened), path = opened.path
      guard let found = try StoreReader.find(file) else { return nil }
      let store = try ManifestStore(found.bytes, at: path)
      var verifier = Verifier(store, of: file, roots: trust, now: now)
      verifier.run()
      (manifests, findings, active, state) = (
        store.manifests.map(\.box), verifier.findings, store.active, verifier.state
      )
    }

    var results: CBOR {
      func list(_ kind: Finding.Kind) -> CBOR {
        .array(
          findings.filter { $0.kind == kind && $0.manifest == active.label && $0.code != .unknownBox }
            .map { ["code": .text($0.code.rawValue), "url": .text($0.url), "explanation": .text($0.explanation)] })
      }
      return [
        "activeManifest": ["success": list(.success), "informational": list(.informational), "failure": list(.failure)]
      ]
    }
  }

  var value: CBOR {
    var pairs: [CBOR.Pair] = [.init("dc:title", .text(title)), .init("relationship", .text(relationship.rawValue))]
    if let format { pairs.append(.init("dc:format", .text(format))) }
    if let instanceID { pairs.append(.init("instanceID", .text(instanceID))) }
    if let description { pairs.append(.init("description", .text(description))) }
    if let dataType { pairs.append(.init("dataTypes", [["type": .text(dataType.rawValue)]])) }
    if let carried {
      let place = "self#jumbf=/c2pa/" + carried.active.label
      pairs.append(
        .init("activeManifest", ["url": .text(place), "hash": .bytes(Digest.of(carried.active.box.payload))]))
      if let signature = carried.active.signature {
        pairs.append(
          .init(
            "claimSignature", ["url": .text(place + "/c2pa.signature"), "hash": .bytes(Digest.of(signature.payload))]))
      }
      pairs.append(.init("validationResults", carried.results))
    }
    return .map(pairs)
  }
}
