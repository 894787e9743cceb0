import Files
import Foundation

/// Where the parts of a published encoder lie: a folder as transformers writes it, alone or as `text_encoder/` of a
/// pipeline with `tokenizer/` beside it, or one file.
struct EncoderFolder {
  let file: Safetensors
  /// The configuration, where there is one.
  private(set) var config: Value?
  let configPath: String
  /// Folders a tokenizer may be in, the likeliest first.
  private let places: [String]

  private static let names =
    ["model.safetensors", "model.safetensors.index.json"]
    + ["fp32", "bf16", "fp16"].flatMap {
      ["model.\($0).safetensors", "model.safetensors.index.\($0).json", "model.\($0).safetensors.index.json"]
    }

  /// - Parameter part: the folder that holds it within a pipeline's: `text_encoder`, `image_encoder`.
  /// - Throws: `Problem` when nothing is there.
  init(_ place: String, part: String) throws {
    guard Disk.exists(place) else {
      throw Problem(
        "there is no such file or folder", at: place,
        expected: "an encoder: config.json and model.safetensors, or one safetensors file", fix: "check the path")
    }
    var folder = place
    if Disk.isFolder(place) {
      if Self.names.allSatisfy({ !Disk.exists(place + "/" + $0) }), Disk.isFolder(place + "/" + part) {
        folder = place + "/" + part
      }
      guard let name = Self.names.first(where: { Disk.exists(folder + "/" + $0) }) else {
        throw Problem(
          "there is no model.safetensors", at: folder,
          expected: "an encoder's folder as transformers writes it",
          fix: Disk.names(folder).contains { $0.hasSuffix(".bin") || $0.hasSuffix(".pth") }
            ? "get the safetensors variant: pickled weights are not read" : "check the path")
      }
      file = try Safetensors(path: folder + "/" + name)
    } else {
      guard !place.hasSuffix(".pth"), !place.hasSuffix(".bin") else {
        throw Problem(
          "pickled weights are not read", at: place, expected: "safetensors",
          fix: "get ComfyUI's umt5_xxl_fp16.safetensors, or the diffusers folder's text_encoder")
      }
      file = try Safetensors(path: place)
      folder = (place as NSString).deletingLastPathComponent
      if folder.isEmpty { folder = "." }
    }
    configPath = folder + "/config.json"
    // Not a ternary: Value is written by a nil of its own.
    if Disk.exists(configPath) {
      let told = try JSON.parse(Disk.readText(configPath), at: configPath)
      // Beside a single file may lie what says what another is.
      if Disk.isFolder(place) || told["model_type"] != nil { config = told }
    }
    let parent = (folder as NSString).deletingLastPathComponent
    places = [
      folder, (parent.isEmpty ? "." : parent) + "/tokenizer", folder + "/tokenizer", folder + "/google/umt5-xxl",
    ]
  }

  /// The encoder's tokenizer: `spiece.model` within the file (ComfyUI), else a `tokenizer.json`, a `spiece.model` or a
  /// `vocab.txt` beside it.
  func tokenizer() throws -> any Tokenizer {
    if let entry = file.entry("spiece_model") {
      guard entry.type.size == 1 else {
        throw Problem(
          "'spiece_model' holds \(entry.type.rawValue), not bytes", at: file.path, fix: "get the file again")
      }
      let bytes = file.location(of: entry)
      return try SentencePieceTokenizer(
        [UInt8](UnsafeRawBufferPointer(start: bytes.at, count: entry.range.count)), at: file.path + " (spiece_model)")
    }
    for place in places {
      if Disk.exists(place + "/tokenizer.json") { return try TokenizerFile(path: place + "/tokenizer.json") }
      if Disk.exists(place + "/spiece.model") { return try SentencePieceTokenizer(path: place + "/spiece.model") }
      if Disk.exists(place + "/vocab.txt") { return try TokenizerFile(vocabulary: place + "/vocab.txt") }
    }
    throw Problem(
      "there is no tokenizer", at: places[0],
      expected: "tokenizer.json, spiece.model or vocab.txt there or in \(places[1])",
      fix: "put the tokenizer that belongs to these weights beside them")
  }

  /// A whole number of the configuration. - Throws: `Problem` when it is missing or out of range.
  static func size(
    _ config: Value, _ key: String, _ range: ClosedRange<Int>, at place: String, or fallback: Int? = nil
  )
    throws -> Int
  {
    guard let value = config[key]?.integer ?? fallback, range.contains(value) else {
      throw Problem(
        "\(key) is \(config[key].map(JSON.line) ?? "missing")", at: place,
        expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
        fix: "use the config.json that belongs to these weights")
    }
    return value
  }

  /// A small positive number, such as a norm's ε.
  static func number(_ config: Value, _ key: String, at place: String, or fallback: Double) throws -> Float {
    let value = config[key] == nil ? fallback : config[key]?.double ?? .nan
    guard value >= 0, value <= 1 else {
      throw Problem("\(key) is \(config[key].map(JSON.line) ?? "")", at: place, expected: "a number from 0 to 1")
    }
    return Float(value)
  }
}
