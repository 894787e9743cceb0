import Consent
import Files

/// By whose leave one clip is used: what `open` and `evaluate` records say of it, written and read here and nowhere
/// else.
///
/// Whoever wants the terms a clip was used under asks a verified ledger for them: `LedgerUsage` for the frames booked
/// to each, `LedgerTrail.terms(of:at:)` for one clip at one step.
public struct ClipTerms: Sendable, Hashable {
  public let grant: String
  public let licensor: String
  /// nil, as everything optional here, where the record does not say.
  public let basis: Basis?
  public let standing: Standing?
  /// The trusted key that signed for the licensor; nil when self-declared.
  public let signer: String?
  /// SHA-256 of the manifest; empty in a ledger that does not say.
  public let manifestSHA256: String
  /// SHA-256 of the clip's frames; empty in a ledger that does not say.
  public let framesSHA256: String
  /// Content of the manifest's entry that admitted the clip, where that is not its own frames but what it was made from;
  /// empty otherwise, and in a ledger that does not say.
  public let sourceSHA256: String
  /// That entry's name, where it is not the clip's.
  public let entry: String?
  public let action: Action?
  /// The first second the grant no longer holds.
  public let until: Moment?
  /// Frames the run may have seen of it in all; nil without a cap.
  public internal(set) var reserved: Int?
  /// What the model was given of the clip beside its frames, by hash; the frame rate as it is. Empty in a ledger that
  /// does not say.
  public let conditioning: [String: String]
  /// What of it nobody vouched for.
  public let unvouched: [String]

  public init(
    grant: String, licensor: String, basis: Basis?, standing: Standing?, signer: String?, manifestSHA256: String,
    framesSHA256: String, sourceSHA256: String = "", entry: String? = nil, action: Action?, until: Moment?,
    reserved: Int? = nil, conditioning: [String: String] = [:], unvouched: [String] = []
  ) {
    self.grant = grant
    self.licensor = licensor
    self.basis = basis
    self.standing = standing
    self.signer = signer
    self.manifestSHA256 = manifestSHA256
    self.framesSHA256 = framesSHA256
    self.sourceSHA256 = sourceSHA256
    self.entry = entry
    self.action = action
    self.until = until
    self.reserved = reserved
    (self.conditioning, self.unvouched) = (conditioning, unvouched)
  }

  /// What its use counts as, against a cap.
  package func use(of clip: String) -> Exposures.Use {
    Exposures.Use(
      licensor: licensor, grant: grant, clip: clip, frames: Hex.sha256(framesSHA256) ?? "",
      source: Hex.sha256(sourceSHA256) ?? "")
  }

  /// How reports say by whose word it is: "self-declared", or "signed by did:key:…", and what of it is nobody's word;
  /// nil where the record does not say.
  public var stamp: String? {
    (signer.map { "signed by " + $0 } ?? standing?.rawValue).map {
      unvouched.isEmpty ? $0 : "\($0); \(unvouched.joined(separator: ", ")) not vouched for"
    }
  }
}

extension ClipTerms {
  private enum Key: String {
    case grant, licensor, basis, standing, signer, manifest
    case frames = "frames_sha256"
    case source = "source_sha256"
    case entry
    case action, until, reserved, conditioning, unvouched
  }

  /// As a record states them.
  package var value: Value {
    var fields: [Value.Field] = []
    func state(_ key: Key, _ value: Value?) {
      if let value { fields.append(.init(key.rawValue, value)) }
    }
    func text(_ text: String) -> Value? { text.isEmpty ? nil : .string(text) }
    state(.grant, .string(grant))
    state(.licensor, .string(licensor))
    state(.basis, basis.map { .string($0.rawValue) })
    state(.standing, standing.map { .string($0.rawValue) })
    state(.manifest, text(manifestSHA256))
    state(.frames, text(framesSHA256))
    state(.source, text(sourceSHA256))
    state(.entry, entry.map { .string($0) })
    state(.action, action.map { .string($0.rawValue) })
    state(.signer, signer.map { .string($0) })
    state(.until, until.map { .string($0.description) })
    state(.reserved, reserved.map { Value($0) })
    if !conditioning.isEmpty {
      state(.conditioning, .object(conditioning.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }))
    }
    if !unvouched.isEmpty { state(.unvouched, .array(unvouched.map { .string($0) })) }
    return .object(fields)
  }

  private static func texts(_ fields: [Value.Field]?) -> [String: String]? {
    guard let fields else { return nil }
    var found: [String: String] = [:]
    for field in fields {
      guard let text = field.value.string else { return nil }
      found[field.key] = text
    }
    return found
  }

  /// - Returns: nil when the record does not say whose the clip is, or says what no writer has said: a word that every
  ///   report would have to leave out.
  package init?(_ value: Value) {
    var isWhole = true
    func read<T>(_ key: Key, _ meaning: (Value) -> T?) -> T? {
      guard let stated = value[key.rawValue] else { return nil }
      let found = meaning(stated)
      isWhole = isWhole && found != nil
      return found
    }
    func word<T: RawRepresentable>(_ key: Key) -> T? where T.RawValue == String {
      read(key) { $0.string.flatMap { T(rawValue: $0) } }
    }
    guard let grant = read(.grant, { $0.string }), let licensor = read(.licensor, { $0.string }) else { return nil }
    self.init(
      grant: grant, licensor: licensor, basis: word(.basis), standing: word(.standing),
      signer: read(.signer) { $0.string }, manifestSHA256: read(.manifest) { $0.string } ?? "",
      framesSHA256: read(.frames) { $0.string } ?? "", sourceSHA256: read(.source) { $0.string } ?? "",
      entry: read(.entry) { $0.string }, action: word(.action),
      until: read(.until) { $0.string.flatMap { Moment($0) } },
      reserved: read(.reserved) { $0.integer.flatMap { $0 >= 0 ? $0 : nil } },
      conditioning: read(.conditioning) { Self.texts($0.fields) } ?? [:],
      unvouched: read(.unvouched) { value in
        value.array.flatMap { items in
          let words = items.compactMap(\.string)
          return words.count == items.count ? words : nil
        }
      } ?? [])
    guard isWhole else { return nil }
  }
}
