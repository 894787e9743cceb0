import Files
import Models
import Tensors

/// Replays what another implementation (transformers, in f32) made of tokens and pictures.
///
/// A case is an encoder's folder with `config.json`, weights and `case.safetensors`, or a folder of such: T5 and UMT5 with
/// `input_ids` and `attention_mask` [B,T], `last_hidden_state`, `wan_embeds` (zero beyond a text's length) and a long text
/// (`long_ids`, `long_last_hidden_state`); BERT with `sentence` [B,D]; CLIP's image tower with `pixel_values` and
/// `penultimate`.
struct TextParity: ParityKind {
  static func isOne(_ folder: String) -> Bool { !folders(folder).isEmpty }

  private static let types = ["t5", "mt5", "umt5", "bert", "clip_vision_model"]

  /// Encoders with a case, by what their configuration says they are.
  private static func folders(_ folder: String) -> [String] {
    func holds(_ place: String) -> Bool {
      let path = place + "/config.json"
      guard Disk.exists(place + "/case.safetensors"), Disk.exists(path),
        let config = try? JSON.parse(Disk.readText(path), at: path)
      else { return false }
      return types.contains(config["model_type"]?.string ?? "")
    }
    return holds(folder) ? [folder] : Disk.names(folder).sorted().map { folder + "/" + $0 }.filter(holds)
  }

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    try folders(folder).flatMap { place in
      let path = place + "/config.json",
        type = try JSON.parse(Disk.readText(path), at: path)["model_type"]?.string ?? ""
      let test = try Case(file: Safetensors(path: place + "/case.safetensors"), type: type)
      return switch type {
      case "clip_vision_model": try pictures(test, try CLIPVisionTower(place, on: compute), on: compute)
      case "bert": try sentences(test, try BERTEncoder(place, hasTokenizer: false, on: compute))
      default: try texts(test, place, products, on: compute)
      }
    }
  }

  private struct Case {
    let file: Safetensors
    let type: String

    func row(_ name: String, _ y: Tensor) throws -> Parity.Row {
      try Parity.row("\(type) \(name)", y.values, file, as: name)
    }

    /// Whole numbers [B, T].
    func integers(_ name: String) throws -> [[Int]] {
      guard let entry = file.entry(name), entry.type == .I64, entry.shape.count == 2, entry.count > 0 else {
        throw Problem("the case has no '\(name)' of whole numbers [B,T]", at: file.path, fix: "make the case again")
      }
      let place = file.location(of: entry), width = entry.shape[1]
      return (0..<entry.shape[0]).map { row in
        (0..<width).map {
          Int(
            Int64(littleEndian: place.at.loadUnaligned(fromByteOffset: 8 * (row * width + $0), as: Int64.self)))
        }
      }
    }

    /// Tokens with their padding, and how many of each text are its own.
    func texts() throws -> (ids: [[Int]], lengths: [Int]) {
      let ids = try integers("input_ids"), mask = try integers("attention_mask")
      let lengths = mask.map { $0.prefix { $0 == 1 }.count }
      guard zip(ids, mask).allSatisfy({ $0.0.count == $0.1.count }), ids.count == mask.count,
        zip(mask, lengths).allSatisfy({ $0.1 > 0 && $0.0.dropFirst($0.1).allSatisfy { $0 == 0 } })
      else {
        throw Problem(
          "attention_mask is not ones, then zeros, for each text", at: file.path, fix: "make the case again")
      }
      return (ids, lengths)
    }
  }

  private static func pictures(_ test: Case, _ tower: CLIPVisionTower, on compute: Compute) throws -> [Parity.Row] {
    let (shape, values) = try test.file.floats("pixel_values")
    return [try test.row("penultimate", try tower(Tensor(values, Shape(shape), on: compute)))]
  }

  private static func sentences(_ test: Case, _ encoder: BERTEncoder) throws -> [Parity.Row] {
    let (ids, lengths) = try test.texts(), states = try encoder.states(ids, lengths: lengths)
    return [
      try test.row("last_hidden_state", states),
      try test.row("sentence", BERTEncoder.pooled(states, lengths: lengths)),
    ]
  }

  private static func texts(
    _ test: Case, _ place: String, _ products: ElementType, on compute: Compute
  ) throws -> [Parity.Row] {
    let (ids, lengths) = try test.texts(), far = try test.integers("long_ids")
    let encoder = try T5Encoder(
      place, room: ids[0].count, products: products, hasTokenizer: false, on: compute)
    return [
      try test.row("last_hidden_state", try encoder.states(ids, lengths: lengths)),
      try test.row(
        "wan_embeds", try encoder.encode(tokens: zip(ids, lengths).map { Array($0.0.prefix($0.1)) }).tokens),
      try test.row("long_last_hidden_state", try encoder.states(far, lengths: far.map(\.count))),
    ]
  }
}
