import Files
import Foundation

/// What is to be said of an asset, before it is bound to the asset and signed.
public struct Credential: Sendable {
  /// How the asset came to be (IPTC digital source types, and C2PA's own for data).
  public enum Source: String, Sendable {
    /// Generated whole.
    case trained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    /// Generated over, or going on from, real footage.
    case composite = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    /// Weights.
    case weights = "http://c2pa.org/digitalsourcetype/trainedAlgorithmicData"
    /// Drawn by a program without a learnt model.
    case drawn = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
  }

  public var title: String
  /// MIME type.
  public var format: String
  /// Of the program that makes the claim: "orrery", "0.1.0".
  public var generator: (name: String, version: String)
  /// nil for an asset that was there before, opened and published again.
  public var source: Source?
  public var ingredients: [Ingredient]
  /// Further assertions, such as `cawg.training-mining`.
  public var assertions: [Assertion]

  public init(
    title: String, format: String, generator: (name: String, version: String), source: Source?,
    ingredients: [Ingredient] = [], assertions: [Assertion] = []
  ) {
    (self.title, self.format, self.generator, self.source) = (title, format, generator, source)
    (self.ingredients, self.assertions) = (ingredients, assertions)
  }

  /// Fixed at the first pass, so that the second has the same length.
  struct Identity {
    let label = "urn:c2pa:" + UUID().uuidString.lowercased()
    let instance = "xmp:iid:" + UUID().uuidString.lowercased()
    let when: String
    init(now: Date) { when = Stamp.text(now) }
  }

  /// The whole store: manifests carried along, ours last.
  func store(_ binding: Assertion, by signer: Signer, as identity: Identity, dry: Bool = false) throws -> [UInt8] {
    let inputs = ingredients.enumerated().map { Assertion("c2pa.ingredient.v3" + ($0 == 0 ? "" : "__\($0)"), $1.value) }
    let all = [binding, actions(inputs, identity)] + inputs + assertions
    let claim: CBOR = [
      "instanceID": .text(identity.instance), "dc:title": .text(title), "alg": "sha256",
      "claim_generator_info": ["name": .text(generator.name), "version": .text(generator.version)],
      "signature": .text("self#jumbf=/c2pa/\(identity.label)/c2pa.signature"),
      "created_assertions": .array(all.map(\.hashedURI)),
    ]
    let bytes = claim.encoded
    let manifest = JUMBF(
      "c2ma", identity.label,
      [
        .superbox(JUMBF("c2as", "c2pa.assertions", all.map { .superbox($0.box) })),
        .superbox(JUMBF("c2cl", "c2pa.claim.v2", [.leaf(type: "cbor", bytes: bytes)])),
        .superbox(
          JUMBF("c2cs", "c2pa.signature", [.leaf(type: "cbor", bytes: try COSE.message(bytes, by: signer, dry: dry))])),
      ])
    var seen: Set<String> = []
    let carried = ingredients.compactMap(\.carried).flatMap(\.manifests).filter { seen.insert($0.label).inserted }
    let store = JUMBF("c2pa", "c2pa", (carried + [manifest]).map { .superbox($0) }).bytes
    guard store.count <= BMFF.mostStoreBytes / 2 else {
      throw Problem(
        "the credentials would take \(store.count) bytes", at: title, fix: "the footage brings too many of its own")
    }
    return store
  }

  /// `c2pa.actions.v2`: created from the inputs, or opened; components are placed (C2PA 2.x §18.15).
  private func actions(_ inputs: [Assertion], _ identity: Identity) -> Assertion {
    func of(_ relationship: Ingredient.Relationship) -> [CBOR] {
      zip(ingredients, inputs).filter { $0.0.relationship == relationship }.map(\.1.hashedURI)
    }
    func action(_ name: String, _ inputs: [CBOR], _ source: Source? = nil) -> CBOR {
      var pairs: [CBOR.Pair] = [
        .init("action", .text(name)), .init("when", .tagged(0, .text(identity.when))),
        .init("softwareAgent", ["name": .text(generator.name), "version": .text(generator.version)]),
      ]
      if let source { pairs.append(.init("digitalSourceType", .text(source.rawValue))) }
      if !inputs.isEmpty { pairs.append(.init("parameters", ["ingredients": .array(inputs)])) }
      return .map(pairs)
    }
    let parents = of(.parentOf), components = of(.componentOf)
    var list = [parents.isEmpty ? action("c2pa.created", of(.inputTo), source) : action("c2pa.opened", parents)]
    if !components.isEmpty { list.append(action("c2pa.placed", components)) }
    return Assertion("c2pa.actions.v2", ["actions": .array(list)])
  }
}
