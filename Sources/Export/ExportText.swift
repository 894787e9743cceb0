import Diffusion
import Files
import Frames
import Media
import Models
import Tensors

/// `text_embedder/`: how captions became vectors, and the vectors of the captions that trained the model, so that other
/// tools can ask for what it knows without our embedder.
package struct ExportText {
  /// Distinct captions written at most; and bytes.
  static let mostCaptions = 4096, mostBytes = 256 << 20

  /// Distinct, in the order of the datasets.
  package let captions: [String]
  /// Distinct captions there were.
  package let distinct: Int
  /// [L·E] each.
  package let embeddings: [[Float]]
  /// The null embedding [L·E].
  package let null: [Float]
  private let embedder: CaptionEmbedder
  private var tokens: Int { embedder.tokens }
  private var width: Int { embedder.width }
  /// The datasets brought their own embeddings.
  private let own: Bool

  /// - Parameter vectors: makes those of captions.
  package init(_ vectors: CaptionVectors, _ provenance: ExportProvenance) throws {
    embedder = vectors.embedder
    null = try vectors.values(nil)
    let limit = max(1, min(Self.mostCaptions, Self.mostBytes / (4 * embedder.tokens * embedder.width)))
    var captions: [String] = [], embeddings: [[Float]] = [], seen: Set<String> = [], own = false
    for (dataset, records) in zip(provenance.datasets, provenance.used) {
      for record in records {
        guard let caption = record.caption, seen.insert(caption).inserted, captions.count < limit else { continue }
        let stored = try dataset.index(of: record.id).flatMap { try dataset.textEmbedding($0) }
        own = own || stored != nil
        captions.append(caption)
        embeddings.append(try stored?.values ?? vectors.values(caption))
      }
    }
    (self.captions, self.embeddings, self.own, distinct) = (captions, embeddings, own, seen.count)
  }

  package func write(to folder: String, on compute: Compute) throws {
    try Disk.makeFolder(folder)
    try Disk.write(JSON.pretty(config), to: folder + "/config.json")
    var items = [("null", Tensor(null, [tokens, width], on: compute))]
    if !captions.isEmpty {
      items.append(("captions", Tensor(embeddings.flatMap { $0 }, [captions.count, tokens, width], on: compute)))
    }
    try Tensor.write(
      items, metadata: [("captions", JSON.line(.array(captions.map { .string($0) })))],
      to: folder + "/embeddings.safetensors")
  }

  /// [2,L,E]: no caption, and the first one (or no caption again).
  package func pair(on compute: Compute) -> Tensor {
    Tensor(null + (embeddings.first ?? null), [2, tokens, width], on: compute)
  }

  /// What the card says of them.
  package var cell: String {
    switch embedder.kind {
    case .hashed: "\(embedder.name.rawValue), \(distinct) distinct; a fixed random vector a word, no language model"
    case .minilm, .umt5:
      "\(embedder.kind.rawValue), a frozen text encoder whose weights no manifest of this run grants (identity `\(embedder.identity ?? "")`), \(distinct) distinct"
    }
  }

  private var config: Value {
    var fields: [Value.Field] = [
      .init("name", .string(own ? "dataset" : embedder.name.rawValue)), .init("tokens", Value(tokens)),
      .init("width", Value(width)),
      .init("captions", Value(captions.count)), .init("distinct_captions_in_training", Value(distinct)),
      .init(
        "embeddings",
        "embeddings.safetensors: 'null' [tokens, width] is no caption; 'captions' [n, tokens, width] in the order of __metadata__.captions (a JSON list)"
      ),
    ]
    if own {
      fields.append(.init("algorithm", "the dataset's own text_embedding column, made elsewhere; only 'null' is ours"))
    } else if embedder.kind != .hashed {
      fields.append(.init("encoder", .string(embedder.kind.rawValue)))
      fields.append(.init("identity", Value(embedder.identity)))
      fields.append(
        .init(
          "algorithm",
          "the last hidden state of a frozen text encoder for each of the first `tokens` tokens, in f32; rows after the last token are zero, no caption is an empty text"
        ))
    } else {
      fields.append(
        .init(
          "algorithm",
          [
            "1. Lower-case the caption (Unicode) and split it at every character that is neither a letter nor a number; keep the first `tokens` words. No words at all: one empty word.",
            "2. A word's key is the first eight bytes of SHA-256 of its UTF-8 bytes, read as a little-endian 64-bit integer.",
            "3. Feature j of the word: (w0, w1, w2, w3) = Philox4x32-10 (Salmon et al. 2011) with counter (j, 6, 0, 0) and key (low 32 bits, high 32 bits); u = (w0+1)/2^32, v = w1/2^32; the feature is sqrt(-2 ln u) * cos(2 pi v) in double precision, rounded to float.",
            "4. Rows after the last word are zero.",
          ]))
    }
    fields.append(
      .init(
        "meaning", "each word is a fixed random vector: captions can be told apart, nothing is known of what they mean")
    )
    if own || embedder.kind != .hashed { fields.removeLast() }
    return .object(fields)
  }
}
