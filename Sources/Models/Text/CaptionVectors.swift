import Files
import Tensors

/// The vectors of captions, as a `CaptionEmbedder` says they are made: hashed words, or a frozen encoder that is opened
/// when the first caption comes. What was made is kept, so that a caption that comes again costs nothing.
public final class CaptionVectors {
  public let embedder: CaptionEmbedder
  private let compute: Compute
  private var encoder: (any TextEncoder)?
  /// Rows of each caption that are not zero.
  private var made: [String: [Float]] = [:], floats = 0

  /// Most numbers that are kept: 256 MB.
  private static let most = 1 << 26

  public init(_ embedder: CaptionEmbedder, on compute: Compute) { (self.embedder, self.compute) = (embedder, compute) }

  /// [B, L, E]; nil is the null caption, which to an encoder is an empty text.
  /// - Throws: `Problem` when the encoder is not there, or is another than the one that is meant.
  public func callAsFunction(_ captions: [String?]) throws -> Tensor {
    Tensor(try captions.flatMap(values), [captions.count, embedder.tokens, embedder.width], on: compute)
  }

  /// [L·E].
  public func values(_ caption: String?) throws -> [Float] {
    guard embedder.kind != .hashed else { return embedder.embed(caption) }
    let text = caption ?? "", room = embedder.tokens * embedder.width
    var rows = made[text] ?? []
    if rows.isEmpty {
      let result = try opened().encode([text])
      rows = Array(result.tokens.values.prefix(result.lengths[0] * embedder.width))
      if floats + rows.count <= Self.most {
        made[text] = rows
        floats += rows.count
      }
    }
    return rows + [Float](repeating: 0, count: room - rows.count)
  }

  private func opened() throws -> any TextEncoder {
    if let encoder { return encoder }
    let encoder = try embedder.encoder(on: compute)
    if let identity = embedder.identity, encoder.identity != identity {
      throw Problem(
        "this is another text encoder than the model was trained with", at: embedder.from,
        expected: "the files whose identity is \(identity.prefix(12))…, not \(encoder.identity.prefix(12))…",
        fix: "name the folder it was trained with: text.from")
    }
    self.encoder = encoder
    return encoder
  }
}

extension CaptionEmbedder {
  /// The encoder that `kind` and `from` name.
  /// - Throws: `Problem` when there is none.
  func encoder(on compute: Compute) throws -> any TextEncoder {
    guard let from else {
      throw Problem(
        "captions go through a text encoder (\(kind.rawValue)), and where it lies is not said",
        expected: "text.from in the experiment, or --text-encoder DIR",
        fix: "name the folder it was trained with; its identity is \(identity?.prefix(12) ?? "not known")")
    }
    switch kind {
    case .hashed: preconditionFailure("hashed words need no encoder")
    // f32 everywhere: what a model is conditioned on should not depend on the machine.
    case .umt5: return try T5Encoder(from, room: tokens, on: compute)
    case .minilm: return try BERTEncoder(from, room: tokens, on: compute)
    }
  }

  /// With what its files say: the width, and the identity.
  /// - Throws: `Problem` when they are not there, or not those `identity` names.
  public func resolved(on compute: Compute) throws -> CaptionEmbedder {
    guard kind != .hashed else { return self }
    let encoder = try encoder(on: compute)
    var resolved = self
    (resolved.width, resolved.identity) = (encoder.width, encoder.identity)
    guard encoder.room == tokens else {
      throw Problem.usage(
        "text.tokens is \(tokens), and the encoder takes at most \(encoder.room)", at: from, fix: "lower text.tokens")
    }
    if let identity, identity != encoder.identity {
      throw Problem.usage(
        "text.identity is not that of the encoder's files", at: from,
        expected: encoder.identity, fix: "correct or drop text.identity, or name other files")
    }
    return resolved
  }
}
