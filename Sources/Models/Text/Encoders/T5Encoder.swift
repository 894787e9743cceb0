import Files
import Nets
import Tensors

/// A T5 encoder: UMT5, the family's text encoder, and T5 and mT5 (Raffel et al. 2020; Chung et al. 2023). Weights stay
/// in their file and are multiplied as they are stored.
public final class T5Encoder: TextEncoder {
  public let config: T5Config
  public let room: Int
  public var width: Int { config.dim }
  private let weights: FrozenWeights
  private let network: T5Network
  private let tokenizer: (any Tokenizer)?

  /// Tokens the family gives a text.
  public static let room = 512

  /// - Parameters:
  ///   - place: a folder, alone or of a pipeline, or one file.
  ///   - room: L.
  ///   - products: what is multiplied.
  ///   - hasTokenizer: false for who brings tokens.
  /// - Throws: `Problem` when it is no such encoder, or its parts do not fit.
  public init(
    _ place: String, room: Int = T5Encoder.room, products: ElementType = .f32, hasTokenizer: Bool = true,
    on compute: Compute
  ) throws {
    let folder = try EncoderFolder(place, part: "text_encoder"), names = Set(folder.file.entries.map(\.name))
    let weights = try FrozenWeights(folder.file) { T5Names.own($0, among: names) }
    var config = try folder.config.map { try T5Config($0, at: folder.configPath) } ?? T5Config(tensors: weights)
    config.products = compute.products(products)
    let chosen = config
    let parameters = try Parameters(on: compute, over: weights, nil) { _ = T5Network(chosen, $0) }
    tokenizer = hasTokenizer ? try folder.tokenizer() : nil
    if let tokenizer, tokenizer.count > config.vocabulary {
      throw Problem(
        "the tokenizer has \(tokenizer.count) pieces, the encoder \(config.vocabulary) rows", at: folder.file.path,
        fix: "use the tokenizer that belongs to these weights")
    }
    (self.config, self.room, self.weights) = (config, room, weights)
    network = T5Network(config, parameters.scope())
  }

  public private(set) lazy var identity = Hashing.sha256(
    [config.words, "\(room)", weights.bufferHash, tokenizer?.hash ?? ""].joined(separator: "\n"))

  public func tokens(_ text: String) -> [Int] {
    guard let tokenizer else { preconditionFailure("this encoder was made without its tokenizer") }
    return tokenizer.ids(PromptText.cleaned(text), limit: room)
  }

  public func encode(tokens: [[Int]]) throws -> TextEmbeddings {
    try check(tokens, below: config.vocabulary, most: room, at: weights.path)
    let batch = TokenBatch(tokens)
    return TextEmbeddings(tokens: batch.padded(network(batch), to: room), lengths: batch.lengths)
  }

  /// The last hidden state of every position, padding included: [B, T, D].
  /// - Parameter lengths: positions that are attended to.
  package func states(_ ids: [[Int]], lengths: [Int]) throws -> Tensor {
    try check(ids, below: config.vocabulary, most: .max, at: weights.path)
    return network(TokenBatch(ids), mask: .keyLengths(lengths))
  }

  /// Names and shapes of its weights.
  static func shapes(_ config: T5Config, on compute: Compute) -> [(name: String, shape: Shape)] {
    Parameters.shapes(on: compute) { _ = T5Network(config, $0) }
  }
}
