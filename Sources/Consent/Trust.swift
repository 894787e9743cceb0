import Files
import Foundation

/// Whose signatures are believed, and for whom: the user's own list, never the manifest's.
///
/// A key speaks for the licensor whose `id` is the key's own `did:key`, and for those its entry names under `licensors`. A key that is
/// not listed speaks for nobody.
public struct Trust: Sendable, Equatable {
  public static let schema = "orrery.trust/1"
  /// Bytes of a trust file accepted.
  public static let largest = 4_000_000
  public static let none = Trust(keys: [:], document: [:])

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

  /// By `did:key`.
  public let keys: [String: Entry]
  /// As read, to be added to.
  public let document: Value

  /// The entry of a key that may speak for `licensor` at `time`.
  func entry(_ did: String, for licensor: String, at time: Moment) -> Entry? {
    guard let entry = keys[did], entry.until.map({ time < $0 }) ?? true, did == licensor || entry.licensors.contains(licensor) else { return nil }
    return entry
  }

  /// Whether any entry, spent or not, speaks for `licensor`: somebody who signs, so that an unsigned manifest in that name is odd.
  func knows(_ licensor: String) -> Bool { keys[licensor] != nil || keys.values.contains { $0.licensors.contains(licensor) } }

  private init(keys: [String: Entry], document: Value) { (self.keys, self.document) = (keys, document) }
}

extension Trust {
  /// Reads `{schema, keys: [{key, name, licensors, until}]}`, JSON or, by its name, YAML.
  /// - Throws: `Problem` for anything unknown, doubled or malformed: a trust file is believed whole or not at all.
  public init(path: String) throws {
    try self.init(DocumentFile.read(path, kind: "trust file", largest: Self.largest), at: path)
  }

  public init(_ document: Value, at place: String) throws {
    let top = StrictFields(document, at: place)
    if top.requiredString("schema") != Self.schema { top.complain("schema should be \"\(Self.schema)\"") }
    var keys: [String: Entry] = [:]
    for fields in top.objects("keys") {
      let did = fields.requiredString("key"), name = fields.optionalString("name"), licensors = fields.strings("licensors") ?? []
      let until = fields.optionalString("until")
      if let until, Moment(until) == nil { fields.complain("\(fields.place).until is '\(FieldReader.shortened(until))', not a UTC time such as 2026-01-31T00:00:00Z") }
      fields.close()
      guard let key = VerifyingKey(did: did) else {
        fields.complain("\(fields.place).key is '\(FieldReader.shortened(did))', not a did:key of an Ed25519 or P-256 key")
        continue
      }
      if keys.updateValue(Entry(key: key, name: name, licensors: Set(licensors), until: until.flatMap { Moment($0) }), forKey: did) != nil {
        fields.complain("\(fields.place): the key \(did) stands twice")
      }
    }
    try top.finish(fix: "correct the trust file; 'orrery consent trust' adds a key to it", exit: .failure)
    self.init(keys: keys, document: document)
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
    var entry: Value = ["key": .string(did)]
    if let name { entry.set("name", .string(name)) }
    if !licensors.isEmpty { entry.set("licensors", .texts(licensors)) }
    var document = self.document
    document.set("schema", .string(Self.schema))
    document.set("keys", .array((document["keys"]?.array ?? []) + [entry]))
    return try Trust(document, at: place)
  }
}
