/// What a model is given of a clip beside its frames: caption, stored text embedding, actions, state and frame rate, by
/// their hashes. Two clips of the same frames may teach a model different things.
public struct ClipConditioning: Sendable, Hashable {
  /// The raw value is the word of manifests, ledgers and experiments.
  public enum Part: String, Sendable, CaseIterable {
    case caption
    case textEmbedding = "text_embedding"
    case action, state
    /// The frame rate; stated as it is ("24/1"), not as a hash.
    case rate = "fps"
  }

  /// SHA-256 in 64 lower-case hexadecimal digits; of the rate, the rate. What a clip does not have is absent.
  public var values: [Part: String]

  public init(_ values: [Part: String]) { self.values = values }

  public subscript(part: Part) -> String? { values[part] }

  /// Parts in the order of the enumeration.
  public var parts: [Part] { Part.allCases.filter { values[$0] != nil } }
}
