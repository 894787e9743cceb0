import Files

/// How a clip was made of other footage, as whoever made it states it: `{source, transform, result}`, the line of JSON
/// that a dataset keeps as `derived_from`, with `signatures` like a manifest's.
///
/// A file's own word about where it comes from is nobody's. What a statement covers is source, recipe, result and the
/// footage's own terms, so that none of them can be changed or left out under a signature.
public enum DerivationStatement {
  public static let domain = "orrery.derivation/1"

  /// The statement with one signature more.
  public static func signed(_ origin: Value, by key: SigningKey) throws -> Value {
    var origin = origin
    let signature = try key.sign(origin, domain: domain, at: "derived_from")
    origin.set("signatures", .array((origin["signatures"]?.array ?? []) + [signature.value]))
    return origin
  }

  /// What is signed; nil for a statement that readers would not agree on.
  static func message(_ origin: Value) -> [UInt8]? { try? SignedBytes.of(origin, domain: domain, at: "derived_from") }

  /// SHA-256 of what is signed: how a machine remembers that it has seen the statement to be true.
  package static func sha256(_ origin: Value) -> String? { message(origin).map { Hashing.sha256($0) } }

  /// The signatures it bears; nil when one of them cannot be read.
  static func signatures(_ origin: Value) -> [Signature]? {
    guard let listed = origin["signatures"] else { return [] }
    let reader = FieldReader(["signatures": listed], at: "derived_from")
    let found = reader.items("signatures").prefix(Signature.most + 1).enumerated().map { i, value in
      let inner = FieldReader(value, at: "signatures[\(i)]")
      defer { reader.absorb(inner) }
      return Signature(inner)
    }
    return reader.faults.isEmpty && found.count <= Signature.most ? found : nil
  }
}
