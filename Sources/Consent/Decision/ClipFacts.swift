import Files
import Frames

/// What the decision needs to know of a clip: its name, what its frames hash to, and what it was made from.
public struct ClipFacts: Sendable, Equatable {
  public var id: String
  public var framesSHA256: String
  public var origin: Origin
  public var embedded: Embedded
  /// What a model would be given beside the frames; nil where nobody looked.
  public var conditioning: Conditioning?
  /// Where the clip lies, for sentences that say what to do.
  public var dataset: String?

  /// What conditions a model on the clip, as it was found in the dataset.
  public enum Conditioning: Sendable, Equatable {
    case read(ClipConditioning)
    /// It is there and cannot be read, and why.
    case unreadable(String)
  }

  /// What the footage's own credentials said when it was imported.
  public enum Embedded: Sendable, Equatable {
    case none
    case read(EmbeddedTerms)
    case unreadable
  }

  public enum Origin: Sendable, Equatable {
    case itself
    case derived(Derivation)
    /// The file says it was derived, in words we cannot read.
    case unreadable(String)
  }

  /// A clip cut, scaled or retimed from another on import.
  public struct Derivation: Sendable, Equatable {
    public var sourceName: String?
    public var sourceFileSHA256: String?
    public var sourceFramesSHA256: String?
    /// Hash of the frames the transform made.
    public var result: String
    /// Rate of those frames, when it is stated.
    package var rate: String?
    /// What an importer signs of it, and by whom it was signed; empty where nobody did.
    package var message: [UInt8] = []
    package var signatures: [Signature] = []

    /// Keys whose signature on it holds, and those whose does not.
    package var signers: (valid: Set<String>, invalid: [String]) {
      let keys = signatures.map { ($0.kid, $0.key(over: message)?.did) }
      return (Set(keys.compactMap(\.1)), keys.filter { $0.1 == nil }.map(\.0))
    }

    public init(
      sourceName: String? = nil, sourceFileSHA256: String? = nil, sourceFramesSHA256: String? = nil, result: String
    ) {
      self.sourceName = sourceName
      self.sourceFileSHA256 = sourceFileSHA256
      self.sourceFramesSHA256 = sourceFramesSHA256
      self.result = result
    }
  }

  public init(id: String, framesSHA256: String, origin: Origin = .itself, embedded: Embedded = .none) {
    self.id = id
    self.framesSHA256 = Hex.sha256(framesSHA256) ?? ""
    self.origin = origin
    self.embedded = embedded
  }

  public init(_ record: ClipRecord, conditioning: Conditioning? = nil, in dataset: String? = nil) {
    let (origin, embedded) = record.derivedFrom.map(Self.read) ?? (.itself, .none)
    self.init(id: record.id, framesSHA256: record.framesSHA256, origin: origin, embedded: embedded)
    (self.conditioning, self.dataset) = (conditioning, dataset)
  }

  /// Reads `{source: {name, file_sha256, frames_sha256, training_mining}, transform, result}`.
  private static func read(_ text: String) -> (Origin, Embedded) {
    guard !text.isEmpty else { return (.itself, .none) }
    // Our importer writes JSON; other words hold no terms of ours, and an origin that nobody may lean on.
    guard let value = try? JSON.parse(text, at: "derived_from") else {
      return (.unreadable("it is not strict JSON"), .none)
    }
    let embedded = value["source"]?[embeddedKey].map { EmbeddedTerms($0).map(Embedded.read) ?? .unreadable } ?? .none
    return (origin(value), embedded)
  }

  /// Where a clip's origin keeps its footage's own terms: `source.training_mining`.
  public static let embeddedKey = "training_mining"

  private static func origin(_ value: Value) -> Origin {
    let source = value["source"]
    let (file, frames) = (
      source?["file_sha256"]?.string.flatMap(Hex.sha256), source?["frames_sha256"]?.string.flatMap(Hex.sha256)
    )
    let made = value["result"]?.string ?? value["result"]?["frames_sha256"]?.string
    guard file != nil || frames != nil else { return .unreadable("it names no source by hash") }
    guard let result = made.flatMap(Hex.sha256) else { return .unreadable("it names no result by hash") }
    guard let message = DerivationStatement.message(value), let signatures = DerivationStatement.signatures(value)
    else {
      return .unreadable("its numbers or signatures cannot be read")
    }
    var derivation = Derivation(
      sourceName: source?["name"]?.string, sourceFileSHA256: file, sourceFramesSHA256: frames, result: result)
    (derivation.rate, derivation.message, derivation.signatures) = (
      value["transform"]?["fps"]?.string, message, signatures
    )
    return .derived(derivation)
  }
}
