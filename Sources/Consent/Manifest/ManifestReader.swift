import Files
import Frames

extension Manifest {
  /// Reads a document.
  /// - Throws: `Problem` when it is no manifest at all: not an object, another schema, or numbers that cannot be
  ///   hashed. Everything less than that becomes a fault of the thing it stands in.
  public init(_ document: Value, at place: String) throws {
    guard document.fields != nil else {
      throw Problem(
        "the manifest is \(document.kind)", at: place, expected: "an object with \"schema\": \"\(Manifest.schema)\"")
    }
    guard document["schema"] == .string(Manifest.schema) else {
      let found =
        document["schema"]?.string.map { "its schema is '\(FieldReader.shortened($0))'" } ?? "it names no schema"
      throw Problem(
        "this is not an opt-in manifest: \(found)", at: place, expected: "\"schema\": \"\(Manifest.schema)\"")
    }
    self.document = document
    let message = try SignedBytes.of(document, domain: Manifest.schema, at: place)
    sha256 = Hashing.sha256(Array(message.dropFirst(Manifest.schema.utf8.count + 1)))

    let top = FieldReader(document, at: "manifest")
    _ = top.raw("schema")
    id = top.text("id", required: true) ?? ""
    version = top.count("version", from: 1) ?? 1
    supersedes = top.hash("supersedes").map { "sha256:" + $0 }
    issued = top.moment("issued", required: true)
    if let word = top.text("default"), word != "deny" {
      top.complain(
        .invalidField, "manifest.default is '\(FieldReader.shortened(word))'",
        fix: "the default can only be 'deny'; list what is granted")
    }
    licensor = Manifest.licensor(top)
    countersigners = top.texts("countersigners")
    for did in countersigners.prefix(Signature.most) where VerifyingKey(did: did) == nil {
      top.complain(
        .invalidField,
        "manifest.countersigners names '\(FieldReader.shortened(did))', which is no did:key of an Ed25519 or P-256 key")
    }
    signatures = Manifest.signatures(top)
    if max(signatures.count, countersigners.count) > Signature.most {
      top.complain(
        .invalidField,
        "the manifest names \(max(signatures.count, countersigners.count)) signatures; at most \(Signature.most) are taken"
      )
    }
    signers = signatures.map { $0.key(over: message) }
    assets = top.items("assets").enumerated().map { Asset($1, at: Manifest.place("assets", $0, $1["clip"])) }
    grants = top.items("grants").enumerated().map { Grant($1, at: Manifest.place("grants", $0, $1["id"])) }
    likeness = top.items("likeness").enumerated().map { Likeness($1, at: Manifest.place("likeness", $0, $1["id"])) }

    // Two things of one name: whichever were picked, the other might have said less, so nothing of the manifest holds.
    assetsByClip = Manifest.index(assets.map(\.clip), "clip", top)
    grantsByID = Manifest.index(grants.map(\.id), "grant", top)
    likenessByID = Manifest.index(likeness.map(\.id), "person", top)
    assetsByFrames = Manifest.places(assets.map(\.framesSHA256))
    assetsByFile = Manifest.places(assets.map(\.fileSHA256))
    bareByFile = Manifest.places(assets.map { $0.framesSHA256 == nil ? $0.fileSHA256 : nil })
    top.close()
    faults = top.faults
  }

  private static func index(_ names: [String], _ kind: String, _ top: FieldReader) -> [String: Int] {
    var found: [String: Int] = [:]
    for (i, name) in names.enumerated() where !name.isEmpty {
      if found.updateValue(i, forKey: name) != nil {
        top.complain(
          .duplicateName, "two entries are for the \(kind) '\(FieldReader.shortened(name))'", fix: "keep one of them")
      }
    }
    return found
  }

  private static func places(_ hashes: [String?]) -> [String: [Int]] {
    var found: [String: [Int]] = [:]
    for (i, hash) in hashes.enumerated() { if let hash { found[hash, default: []].append(i) } }
    return found
  }

  /// `grants[g1]`: by name, so that a sentence about an entry outlives a change of order; by number when it has none.
  private static func place(_ list: String, _ number: Int, _ name: Value?) -> String {
    guard let name = name?.string, !name.isEmpty else { return "\(list)[\(number)]" }
    return "\(list)[\(FieldReader.shortened(name))]"
  }

  private static func licensor(_ top: FieldReader) -> Licensor {
    let reader = top.object("licensor", required: true)
    defer { top.absorb(reader) }
    return Licensor(
      id: reader?.text("id", required: true) ?? "", name: reader?.text("name"), role: reader?.word("role"),
      contact: reader?.text("contact"))
  }

  private static func signatures(_ top: FieldReader) -> [Signature] {
    // One more than is taken, so that too many are noticed and none is verified in vain.
    top.items("signatures").prefix(Signature.most + 1).enumerated().map { i, value in
      let reader = FieldReader(value, at: "signatures[\(i)]")
      defer { top.absorb(reader) }
      return Signature(reader)
    }
  }
}

extension Manifest.Asset {
  package init(_ value: Value, at place: String) {
    let reader = FieldReader(value, at: place)
    clip = reader.text("clip", required: true) ?? ""
    let content = reader.object("content", required: true)
    fileSHA256 = content?.hash("file_sha256")
    framesSHA256 = content?.hash("frames_sha256")
    conditioning = content.flatMap(Self.conditioning)
    path = content?.text("path")
    reader.absorb(content)
    let media = reader.object("media")
    width = media?.count("width", from: 1)
    height = media?.count("height", from: 1)
    frames = media?.count("frames", from: 1)
    fps = media?.text("fps")
    reader.absorb(media)
    creators = reader.texts("creators")
    grants = reader.texts("grants")
    likeness = reader.texts("likeness")
    reader.close()
    faults = reader.faults
  }
}

extension Manifest.Asset {
  /// `{caption, text_embedding, action, state}` by hash and `fps` as it is. The list is whole: a part it leaves out,
  /// the clip did not have.
  private static func conditioning(_ content: FieldReader) -> ClipConditioning? {
    guard let inner = content.object("conditioning") else { return nil }
    defer { content.absorb(inner) }
    var values: [ClipConditioning.Part: String] = [:]
    for part in ClipConditioning.Part.allCases {
      values[part] = part == .rate ? inner.text(part.rawValue) : inner.hash(part.rawValue)
    }
    return ClipConditioning(values)
  }
}

extension Manifest.Grant {
  /// Who, what for, which models, where and when must be stated; silence on any of them would have to be guessed.
  package init(_ value: Value, at place: String) {
    let reader = FieldReader(value, at: place)
    id = reader.text("id", required: true) ?? ""
    basis = reader.word("basis", required: true)
    licensee = reader.text("licensee", required: true) ?? ""
    actions = reader.words("actions", required: true) { $0.hasPrefix("x-") ? nil : Action.objection($0) }
    // A prohibition we do not know might be this very use.
    deny = Set(reader.words("deny", Action.objection).compactMap { Action(rawValue: $0) })
    let forbids = reader.isStated("deny")
    purpose = reader.words("purpose", required: true) { word in
      // Within a word of somebody's own nobody could be found to whom the prohibition speaks.
      forbids && Purpose.isOwn(word)
        ? "'\(FieldReader.shortened(word))' is no purpose of the list, and the grant forbids something"
        : Purpose.grantObjection(word)
    }
    commercial = reader.flag("commercial", default: false)
    derivatives = Self.derivatives(reader)
    models = reader.texts("models", required: true)
    territory = reader.words("territory", required: true, Territory.grantObjection)
    for (key, words) in [("purpose", purpose), ("models", models), ("territory", territory)] {
      reader.requireSome(key, words)
    }
    maxExposures = reader.count("max_exposures")
    let valid = reader.object("valid", required: true)
    from = valid?.moment("from", required: true)
    // An open end is said aloud with null; a forgotten one is a mistake.
    until = valid?.raw("until") == .null ? nil : valid?.moment("until", required: true)
    reader.absorb(valid)
    revocation = Self.revocation(reader)
    compensation = Self.compensation(reader)
    weight = reader.count("weight") ?? 1
    attribution = reader.word("attribution")
    terms = reader.text("terms")
    termsSHA256 = reader.hash("terms_sha256")
    reader.close()
    faults = reader.faults
  }

  private static func derivatives(_ reader: FieldReader) -> Manifest.Derivatives? {
    guard let inner = reader.object("derivatives") else { return nil }
    defer { reader.absorb(inner) }
    return Manifest.Derivatives(
      weights: inner.word("weights"), outputs: inner.word("outputs"),
      likenessOutputs: inner.word("likeness_outputs") ?? .deny)
  }

  private static func revocation(_ reader: FieldReader) -> Manifest.Revocation? {
    guard let inner = reader.object("revocation") else { return nil }
    defer { reader.absorb(inner) }
    return Manifest.Revocation(
      allowed: inner.flag("allowed", default: true), effect: inner.word("effect"),
      noticeDays: inner.count("notice_days"), serial: inner.count("serial"))
  }

  private static func compensation(_ reader: FieldReader) -> Manifest.Compensation? {
    guard let inner = reader.object("compensation") else { return nil }
    defer { reader.absorb(inner) }
    return Manifest.Compensation(
      model: inner.word("model") ?? .none, rate: inner.decimal("rate"), currency: inner.text("currency"),
      pool: inner.text("pool"), payee: inner.text("payee"))
  }
}

extension Manifest.Likeness {
  package init(_ value: Value, at place: String) {
    let reader = FieldReader(value, at: place)
    id = reader.text("id", required: true) ?? ""
    personRef = reader.text("person_ref")
    uses = reader.words("uses", required: true, LikenessUse.objection)
    intendedUse = reader.text("intended_use")
    representedBy = reader.word("represented_by")
    consentDocSHA256 = reader.hash("consent_doc_sha256")
    signer = reader.text("signer")
    if let signer, VerifyingKey(did: signer) == nil {
      reader.complain(
        .invalidField,
        "\(place).signer is '\(FieldReader.shortened(signer))', which is no did:key of an Ed25519 or P-256 key")
    }
    expires = reader.moment("expires", required: true)
    reader.close()
    faults = reader.faults
  }
}
