import Files

/// A parsed manifest store: manifests in order, the active one last (C2PA 2.x §11.1).
struct ManifestStore {
  struct Manifest {
    let label: String
    let box: JUMBF
    /// The claims there are; one, if all is well. Version 1 is `c2pa.claim`, version 2 `c2pa.claim.v2`.
    let claims: [JUMBF]
    let signature: JUMBF?
    let assertions: [JUMBF]
    let strangers: [String]
  }

  let manifests: [Manifest]
  var active: Manifest { manifests[manifests.count - 1] }

  /// Manifests of one store, and bytes of claims and assertions in it, at most. Pictures do not count.
  static let mostManifests = 512, mostStatements = 16 << 20

  init(_ bytes: [UInt8], at place: String) throws {
    func refuse(_ what: String) -> Problem { Problem("the manifest store \(what)", at: place) }
    let box = try JUMBF(bytes, at: place)
    guard box.type == "c2pa" else { throw refuse("is of the type '\(box.type)'") }
    var labels: Set<String> = []
    manifests = try box.superboxes.map { box in
      guard box.type != "c2cm" else { throw refuse("holds a compressed manifest, which is not read here") }
      guard box.type != "c2um" else { throw refuse("holds an update manifest, which is not read here") }
      guard box.type == "c2ma" else { throw refuse("holds a box of the type '\(box.type)'") }
      guard labels.insert(box.label).inserted else { throw refuse("holds the manifest '\(box.label)' twice") }
      let known = ["c2cl", "c2cs", "c2as", "c2vc", "c2db"]
      return Manifest(
        label: box.label, box: box, claims: box.superboxes.filter { $0.type == "c2cl" },
        signature: box.superboxes.first { $0.type == "c2cs" },
        assertions: box.superboxes.filter { $0.type == "c2as" }.flatMap(\.superboxes),
        strangers: box.content.compactMap { part in
          switch part {
          case .superbox(let inner): known.contains(inner.type) ? nil : inner.type
          case .leaf(let type, _): type == "free" ? nil : type
          }
        })
    }
    guard !manifests.isEmpty else { throw refuse("holds no manifest") }
    guard manifests.count <= Self.mostManifests else { throw refuse("holds \(manifests.count) manifests") }
    let statements = manifests.reduce(0) { $0 + Self.statements($1.box) }
    guard statements <= Self.mostStatements else {
      throw refuse("holds \(statements) bytes of claims and assertions, more than \(Self.mostStatements)")
    }
  }

  private static func statements(_ box: JUMBF) -> Int {
    box.content.reduce(0) { sum, part in
      switch part {
      case .superbox(let inner): sum + statements(inner)
      case .leaf(let type, let bytes): sum + (["cbor", "json"].contains(type) ? bytes.count : 0)
      }
    }
  }

  func manifest(_ label: String) -> Manifest? { manifests.first { $0.label == label } }
}

extension ManifestStore.Manifest {
  /// A claim read: what is signed, and what it names.
  struct Claim {
    let bytes: [UInt8]
    let value: CBOR
    /// Assertions named, created or gathered.
    let references: [Reference]
    let redacted: [String]
    let kind: Digest.Kind
    let isVersion2: Bool
  }

  /// A `hashed_uri`.
  struct Reference {
    let url: String
    let hash: [UInt8]
    let kind: Digest.Kind?

    init?(_ value: CBOR?) {
      guard let value, let url = value["url"]?.text, let hash = value["hash"]?.bytes else { return nil }
      (self.url, self.hash) = (url, hash)
      if let name = value["alg"] {
        guard let known = name.text.flatMap(Digest.Kind.init(rawValue:)) else { return nil }
        kind = known
      } else {
        kind = nil
      }
    }

    /// The manifest named, nil for the one it stands in, and the boxes below it.
    var target: (manifest: String?, path: [String])? {
      guard url.hasPrefix("self#jumbf=") else { return nil }
      let path = url.dropFirst("self#jumbf=".count)
      guard path.hasPrefix("/") else { return (nil, path.split(separator: "/").map(String.init)) }
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count >= 2, parts[0] == "c2pa" else { return nil }
      return (parts[1], Array(parts.dropFirst(2)))
    }
  }

  func claim(at place: String) throws -> Claim {
    func refuse(_ what: String) -> Problem { Problem("the claim \(what)", at: place) }
    guard let box = claims.first, let bytes = box.leaf("cbor") else { throw refuse("is missing") }
    let value = try CBOR(bytes, at: place)
    guard value.pairs != nil else { throw refuse("is not a map") }
    let kind = try value["alg"].map { alg -> Digest.Kind in
      guard let kind = alg.text.flatMap(Digest.Kind.init(rawValue:)) else {
        throw refuse("names a hash we do not know")
      }
      return kind
    }
    var references: [Reference] = []
    for name in ["created_assertions", "gathered_assertions", "assertions"] {
      guard let list = value[name] else { continue }
      guard let items = list.array else { throw refuse("'s \(name) is not a list") }
      for item in items {
        guard let reference = Reference(item) else {
          throw refuse("'s \(name) holds something else than a hashed reference")
        }
        references.append(reference)
      }
    }
    let redacted = (value["redacted_assertions"]?.array ?? []).compactMap(\.text)
    guard references.count <= 10_000, redacted.count <= 10_000 else {
      throw refuse("names \(references.count) assertions and redacts \(redacted.count)")
    }
    return Claim(
      bytes: bytes, value: value, references: references, redacted: redacted,
      kind: kind ?? .sha256, isVersion2: box.label.hasPrefix("c2pa.claim.v2"))
  }

  /// The value of an assertion's box: CBOR, or JSON as the older standard had it.
  static func value(_ box: JUMBF, at place: String) throws -> CBOR? {
    if let bytes = box.leaf("cbor") { return try CBOR(bytes, at: place) }
    if let bytes = box.leaf("json") { return CBOR(try JSON.parse(bytes, at: place)) }
    return nil
  }
}

extension CBOR {
  /// What JSON says, as CBOR.
  public init(_ value: Files.Value) {
    switch value {
    case .null: self = .null
    case .bool(let b): self = .bool(b)
    case .integer(let i): self = .integer(Int(i))
    case .number(let d): self = .float(d)
    case .string(let s): self = .text(s)
    case .array(let items): self = .array(items.map { CBOR($0) })
    case .object(let fields): self = .map(fields.map { Pair(.text($0.key), CBOR($0.value)) })
    }
  }

  /// For people and JSON: bytes as hexadecimal digits, other keys than text as they print.
  var json: Files.Value {
    switch self {
    case .unsigned(let n): Int64(exactly: n).map { .integer($0) } ?? .string(String(n))
    case .negative(let n): Int64(exactly: n).map { .integer(-1 - $0) } ?? .string("-1-\(n)")
    case .bytes(let b): .string(BigEndian.hex(b))
    case .text(let s): .string(s)
    case .array(let items): .array(items.map(\.json))
    case .map(let pairs): .object(pairs.map { Files.Value.Field($0.key.text ?? JSON.line($0.key.json), $0.value.json) })
    case .tagged(_, let item): item.json
    case .simple(20): false
    case .simple(21): true
    case .simple: .null
    case .float(let d): .number(d)
    }
  }
}
