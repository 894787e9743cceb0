import Files

/// What a licensor took back: a signed list for one manifest, each with a higher serial than the one it replaces.
///
/// A list says everything that is withdrawn, not only what is new, so the newest alone is enough. A value of this type
/// has been read whole and carries its issuer's valid signature; whether the issuer may speak for the manifest is
/// `Assurance`'s to say.
public struct RevocationList: Sendable, Equatable {
  public static let schema = "orrery.revocations/1"
  /// Bytes of a list accepted.
  public static let largest = 20_000_000

  /// One withdrawal: of a grant, a clip, a grant for one clip, a person's consent, or all.
  public struct Entry: Sendable, Equatable {
    public let grant: String?
    public let clip: String?
    public let person: String?
    public let all: Bool
    /// The first second it holds; nil is at once.
    public let from: Moment?
    public let effect: RevocationEffect?
    public let reason: String?

    public init(
      grant: String? = nil, clip: String? = nil, person: String? = nil, all: Bool = false, from: Moment? = nil,
      effect: RevocationEffect? = nil, reason: String? = nil
    ) {
      self.grant = grant
      self.clip = clip
      self.person = person
      self.all = all
      self.from = from
      self.effect = effect
      self.reason = reason
    }
  }

  /// The manifest's `id`, whatever its version.
  public let manifest: String
  /// The `did:key` that signs.
  public let issuer: String
  /// From 1 upwards.
  public let serial: Int
  public let issued: Moment
  public let entries: [Entry]
  /// The issuer's, with the certificates that vouch for its key where it has some.
  package let signature: Signature
  /// Of the canonical bytes without `signatures`.
  public let sha256: String
  public let document: Value

  package init(
    manifest: String,
    issuer: String,
    serial: Int,
    issued: Moment,
    entries: [Entry],
    signature: Signature,
    sha256: String,
    document: Value
  ) {
    self.manifest = manifest
    self.issuer = issuer
    self.serial = serial
    self.issued = issued
    self.entries = entries
    self.signature = signature
    self.sha256 = sha256
    self.document = document
  }
}

extension RevocationList {
  public init(path: String) throws {
    try self.init(DocumentFile.read(path, kind: "revocation list", largest: Self.largest), at: path)
  }

  /// - Throws: `Problem` when any of it is unknown or malformed, or when the issuer's signature is missing or not
  ///   valid: half a list would keep alive what the other half withdrew.
  public init(_ document: Value, at place: String) throws {
    let top = StrictFields(document, at: place)
    if top.requiredString("schema") != Self.schema { top.complain("schema should be \"\(Self.schema)\"") }
    manifest = top.requiredString("manifest")
    issuer = top.requiredString("issuer")
    serial = top.optionalInteger("serial", in: 1...Int(Int32.max)) ?? 0
    if !top.has("serial") { top.complain("serial is missing (an integer from 1)") }
    issued = Self.moment(top, "issued", required: true) ?? Moment(seconds: 0)
    if !top.has("entries") { top.complain("entries is missing (a list, which may be empty)") }
    entries = top.objects("entries").map { Self.entry($0) }
    _ = top.raw("signatures")
    let reader = FieldReader(["signatures": document["signatures"] ?? []], at: "list")
    let signatures = reader.items("signatures").prefix(Signature.most).enumerated().map { i, value in
      let inner = FieldReader(value, at: "signatures[\(i)]")
      defer { reader.absorb(inner) }
      return Signature(inner)
    }
    for fault in reader.faults { top.complain(fault.sentence) }
    try top.finish(fix: "ask the issuer for a whole list", exit: .failure)

    let message = try SignedBytes.of(document, domain: Self.schema, at: place)
    let signers = signatures.map { $0.key(over: message)?.did }
    guard let own = signers.firstIndex(of: issuer), !signers.contains(nil) else {
      let what =
        signatures.isEmpty
        ? "nobody signed the revocation list"
        : "a signature on the revocation list is not valid, or none is its issuer's"
      throw Problem(
        what, at: place, expected: "a signature by \(FieldReader.shortened(issuer))",
        fix: "get the list from its issuer again; it may have been changed on the way")
    }
    signature = signatures[own]
    sha256 = Hashing.sha256(Array(message.dropFirst(Self.schema.utf8.count + 1)))
    self.document = document
  }

  private static func moment(_ fields: StrictFields, _ key: String, required: Bool = false) -> Moment? {
    guard let text = required ? fields.requiredString(key) : fields.optionalString(key) else { return nil }
    let moment = Moment(text)
    if moment == nil, !(required && text.isEmpty) {
      fields.complain(
        "\(required ? key : fields.place + "." + key) is '\(FieldReader.shortened(text))', not a UTC time such as 2026-01-31T00:00:00Z"
      )
    }
    return moment
  }

  private static func entry(_ fields: StrictFields) -> Entry {
    defer { fields.close() }
    let entry = Entry(
      grant: fields.optionalString("grant"), clip: fields.optionalString("clip"),
      person: fields.optionalString("person"), all: fields.bool("all", default: false),
      from: moment(fields, "from"), effect: fields.has("effect") ? fields.choice("effect", default: .stopUse) : nil,
      reason: fields.optionalString("reason"))
    let named = entry.grant != nil || entry.clip != nil
    // Anything else could be read as meaning less than it says.
    if [entry.all, entry.person != nil, named].filter({ $0 }).count != 1 {
      fields.complain("\(fields.place) should name a grant, a clip or both, or a person, or say all: true")
    }
    return entry
  }
}

extension RevocationList.Entry {
  public var value: Value {
    var fields: [Value.Field] = []
    if let grant { fields.append(.init("grant", .string(grant))) }
    if let clip { fields.append(.init("clip", .string(clip))) }
    if let person { fields.append(.init("person", .string(person))) }
    if all { fields.append(.init("all", true)) }
    if let from { fields.append(.init("from", .string(from.description))) }
    if let effect { fields.append(.init("effect", .string(effect.rawValue))) }
    if let reason { fields.append(.init("reason", .string(reason))) }
    return .object(fields)
  }
}

extension RevocationList {
  /// The newest list of an issuer for a manifest that this person has seen.
  public static func remembered(issuer: String, manifest: String, in home: HomeFolder) throws -> RevocationList? {
    try ConsentMemory(home).list(issuer, manifest)
  }

  /// Notes that this list was seen, and for which manifest it counts.
  /// - Throws: `Problem` when a newer one was, or another of the same serial.
  public func remember(for manifest: Manifest, in home: HomeFolder, at place: String) throws {
    try ConsentMemory(home).remember(self, for: [manifest], at: place)
  }
}
