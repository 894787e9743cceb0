import Credentials
import Files
import Foundation

/// Whose signatures are believed, and for whom: the user's own list, never the manifest's.
///
/// A key speaks for the licensor whose `id` is the key's own `did:key`, and for those its entry names under
/// `licensors`; so does a key whose certificate leads to a root listed here. Any other speaks for nobody.
public struct Trust: Sendable, Equatable {
  public static let schema = "orrery.trust/1"
  /// Bytes of a trust file accepted.
  public static let largest = 4_000_000
  public static let none = Trust(keys: [:], roots: [], document: [:])

  /// One accepted key.
  public struct Entry: Sendable, Equatable {
    public let key: VerifyingKey
    /// What the user calls its holder.
    public let name: String?
    /// Licensors it speaks for besides its own `did:key`.
    public let licensors: Set<String>
    /// The first second it is no longer believed.
    public let until: Moment?
  }

  /// Certificates' roots: every key they vouch for is accepted.
  public struct Root: Sendable, Equatable {
    public let roots: TrustRoots
    public let name: String?
    public let licensors: Set<String>
    public let until: Moment?
  }

  /// By `did:key`.
  public let keys: [String: Entry]
  public let roots: [Root]
  /// As read, to be added to.
  public let document: Value

  /// What vouches for a valid signature in a licensor's name at `time`: the key's own entry, or a root's.
  package func entry(_ signature: Signature, _ key: VerifyingKey, for licensor: String, at time: Moment) -> Entry? {
    func holds(_ until: Moment?, _ licensors: Set<String>) -> Bool {
      (until.map { time < $0 } ?? true) && (key.did == licensor || licensors.contains(licensor))
    }
    if let entry = keys[key.did], holds(entry.until, entry.licensors) { return entry }
    guard !roots.isEmpty, let chain = Self.chain(signature, key) else { return nil }
    guard
      let root = roots.first(where: {
        holds($0.until, $0.licensors) && chain.objection($0.roots, at: time.seconds) == nil
      })
    else { return nil }
    return Entry(
      key: key, name: chain.identity.name + (root.name.map { ", by " + $0 } ?? ""), licensors: root.licensors,
      until: root.until)
  }

  /// Whether a signature's key is known here at all, for whomever.
  package func knows(_ signature: Signature, _ key: VerifyingKey, at time: Moment) -> Bool {
    keys[key.did] != nil
      || (!roots.isEmpty
        && Self.chain(signature, key).map { chain in
          roots.contains { chain.objection($0.roots, at: time.seconds) == nil }
        } ?? false)
  }

  /// Whether a signature's key ever spoke for `licensor` by its certificates. Their dates, and when the user stopped to
  /// believe in the root, are not asked: what was granted in that name can be taken back in it.
  package func everSpoke(_ signature: Signature, _ key: VerifyingKey, for licensor: String) -> Bool {
    let own = roots.filter { $0.licensors.contains(licensor) || key.did == licensor }
    guard !own.isEmpty, let chain = Self.chain(signature, key) else { return false }
    return own.contains { chain.objection($0.roots, at: nil) == nil }
  }

  /// The signature's certificates, if they are for the key that made it.
  private static func chain(_ signature: Signature, _ key: VerifyingKey) -> CertificateChain? {
    guard !signature.x5chain.isEmpty, let chain = CertificateChain(base64: signature.x5chain) else { return nil }
    let identity = chain.identity
    return identity.keyKind == key.algorithm.rawValue && identity.key == key.bytes ? chain : nil
  }

  /// Whether any entry, spent or not, speaks for `licensor`: somebody who signs, so that an unsigned manifest in that
  /// name is odd.
  package func knows(_ licensor: String) -> Bool {
    keys[licensor] != nil || keys.values.contains { $0.licensors.contains(licensor) }
      || roots.contains { $0.licensors.contains(licensor) }
  }

  private init(keys: [String: Entry], roots: [Root], document: Value) {
    (self.keys, self.roots, self.document) = (keys, roots, document)
  }
}

extension Trust {
  /// Reads `{schema, keys: [{key, name, licensors, until}], roots: [{pem, name, licensors, until}]}`, JSON or, by its
  /// name, YAML.
  /// - Throws: `Problem` for anything unknown, doubled or malformed: a trust file is believed whole or not at all.
  public init(path: String) throws {
    try self.init(DocumentFile.read(path, kind: "trust file", largest: Self.largest), at: path)
  }

  public init(_ document: Value, at place: String) throws {
    let top = StrictFields(document, at: place)
    if top.requiredString("schema") != Self.schema { top.complain("schema should be \"\(Self.schema)\"") }
    var keys: [String: Entry] = [:]
    for fields in top.objects("keys") {
      let did = fields.requiredString("key"), (name, licensors, until) = Self.terms(fields)
      guard let key = VerifyingKey(did: did) else {
        fields.complain(
          "\(fields.place).key is '\(FieldReader.shortened(did))', not a did:key of an Ed25519 or P-256 key")
        continue
      }
      if keys.updateValue(Entry(key: key, name: name, licensors: licensors, until: until), forKey: did) != nil {
        fields.complain("\(fields.place): the key \(did) stands twice")
      }
    }
    var roots: [Root] = []
    for fields in top.objects("roots") {
      let pem = fields.requiredString("pem"), (name, licensors, until) = Self.terms(fields)
      do {
        roots.append(
          Root(
            roots: try TrustRoots(pem: pem, at: "\(fields.place).pem"), name: name, licensors: licensors, until: until))
      } catch let problem as Problem {
        fields.complain("\(fields.place).pem: \(problem.what)")
      }
    }
    try top.finish(fix: "correct the trust file; 'orrery consent trust' adds to it", exit: .failure)
    self.init(keys: keys, roots: roots, document: document)
  }

  private static func terms(_ fields: StrictFields) -> (name: String?, licensors: Set<String>, until: Moment?) {
    defer { fields.close() }
    let until = fields.optionalString("until")
    if let until, Moment(until) == nil {
      fields.complain(
        "\(fields.place).until is '\(FieldReader.shortened(until))', not a UTC time such as 2026-01-31T00:00:00Z")
    }
    return (fields.optionalString("name"), Set(fields.strings("licensors") ?? []), until.flatMap { Moment($0) })
  }

  /// This trust with one key more, as a document to write.
  /// - Throws: `Problem` when the key is there already on other terms.
  public func adding(_ did: String, name: String?, licensors: [String], at place: String) throws -> Trust {
    if let known = keys[did] {
      guard Set(licensors).isSubset(of: known.licensors), name == nil || name == known.name else {
        throw Problem("the key is listed already, on other terms", at: place, expected: did, fix: "edit its entry")
      }
      return self
    }
    return try adding("keys", ["key": .string(did)], name, licensors, at: place)
  }

  /// This trust with a certificate's root more.
  public func adding(root pem: String, name: String?, licensors: [String], at place: String) throws -> Trust {
    let new = try TrustRoots(pem: pem, at: place)
    guard !roots.contains(where: { $0.roots == new && $0.licensors.isSuperset(of: licensors) }) else { return self }
    return try adding("roots", ["pem": .string(pem)], name, licensors, at: place)
  }

  private func adding(
    _ list: String, _ base: Value, _ name: String?, _ licensors: [String], at place: String
  ) throws -> Trust {
    var entry = base
    if let name { entry.set("name", .string(name)) }
    if !licensors.isEmpty { entry.set("licensors", .texts(licensors)) }
    var document = self.document
    document.set("schema", .string(Self.schema))
    document.set(list, .array((document[list]?.array ?? []) + [entry]))
    return try Trust(document, at: place)
  }
}
