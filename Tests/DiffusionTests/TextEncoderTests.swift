import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Text and image encoders against what transformers made of the same weights (Tests/Interop/make_wan_family.py).
@Suite struct TextEncoderTests {
  private static let umt5 = Fixture.path("family/text/umt5")

  @Test func matchesOthers() throws {
    for isa in Compute.available {
      let compute = try #require(Compute(threads: 2, instructions: isa))
      let parity = try Parity(folder: Fixture.path("family/text"), on: compute, tolerance: 1e-5)
      let worst = try #require(parity.worst)
      #expect(parity.passes, "on \(isa): \(worst.name) is off by \(worst.relative)")
      #expect(parity.rows.count == 9)
    }
  }

  /// A case that was damaged does not pass.
  @Test(arguments: ["umt5", "t5", "bert", "clip-vision"]) func damageIsSeen(kind: String) throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2))
    try FileManager.default.copyItem(atPath: Fixture.path("family/text/" + kind), toPath: scratch("case"))
    #expect(try Parity(folder: scratch("case"), on: compute).passes)
    let path = scratch("case/model.safetensors")
    var bytes = try Data(Disk.read(path))
    // The high byte of a weight in the middle of the file: a matrix that is used.
    bytes[bytes.count / 2 / 4 * 4 + 3] ^= 0x03
    try Disk.write(bytes, to: path)
    #expect(try !Parity(folder: scratch("case"), on: compute).passes)
  }

  /// The original code's names, and ComfyUI's file of everything, whose tensors tell what it is: the same bits.
  @Test func containersAreTheSameModel() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2)), texts = [[5, 9, 1], [7, 8, 30, 31, 1]]
    let folder = try T5Encoder(Self.umt5, room: 8, hasTokenizer: false, on: compute)
    let want = try folder.encode(tokens: texts).tokens.values
    let renames: [(file: String, rename: (String) -> String)] = [
      ("plain.safetensors", { $0 }),
      ("tied.safetensors", { $0 == "shared.weight" ? "encoder.embed_tokens.weight" : $0 }),
      (
        "wan.safetensors",
        { name in
          let inner = [
            ("shared.weight", "token_embedding.weight"), ("encoder.final_layer_norm", "norm"),
            ("encoder.block.", "blocks."), (".layer.0.layer_norm", ".norm1"), (".layer.1.layer_norm", ".norm2"),
            (".layer.0.SelfAttention.relative_attention_bias", ".pos_embedding.embedding"),
            (".layer.0.SelfAttention", ".attn"), (".layer.1.DenseReluDense.wi_0", ".ffn.gate.0"),
            (".layer.1.DenseReluDense.wi_1", ".ffn.fc1"), (".layer.1.DenseReluDense.wo", ".ffn.fc2"),
          ]
          return inner.reduce(name) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
        }
      ),
    ]
    let source = try Safetensors(path: Self.umt5 + "/model.safetensors")
    for (file, rename) in renames {
      try Self.write(source.entries.map { (rename($0.name), $0) }, of: source, to: scratch(file))
      let encoder = try T5Encoder(scratch(file), room: 8, hasTokenizer: false, on: compute)
      #expect(try encoder.encode(tokens: texts).tokens.values == want, "\(file)")
      #expect(encoder.config == folder.config, "\(file)")
    }
  }

  /// Tensors under other names, and bytes beside them.
  private static func write(
    _ items: [(name: String, entry: Safetensors.Entry)], of source: Safetensors, bytes: [(String, [UInt8])] = [],
    to path: String
  ) throws {
    let all =
      items.map { SafetensorsWriter.Item($0.name, $0.entry.type, $0.entry.shape) }
      + bytes.map { SafetensorsWriter.Item($0.0, .U8, [$0.1.count]) }
    try SafetensorsWriter.write(all, to: path) { item, write in
      if let own = items.first(where: { $0.name == item.name })?.entry {
        try write(UnsafeRawBufferPointer(start: source.location(of: own).at, count: own.range.count))
      }
      if let own = bytes.first(where: { $0.0 == item.name })?.1 { try own.withUnsafeBytes(write) }
    }
  }

  /// ComfyUI's file carries its tokenizer; here one of more pieces than the vocabulary has rows.
  @Test func theTokenizerWithinTheFileIsFound() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1))
    let source = try Safetensors(path: Self.umt5 + "/model.safetensors"),
      model = try [UInt8](Disk.read(Fixture.path("family/tokenizers/spiece.model")))
    // Rows for all pieces.
    let rows = try SentencePieceTokenizer(model, at: "spiece.model").count, width = 24
    let table = [Float](repeating: 0.5, count: rows * width)
    func write(_ tokenizer: [UInt8], rows: Int, to path: String) throws {
      let items = source.entries.filter { $0.name != "shared.weight" }
      let all =
        [SafetensorsWriter.Item("shared.weight", .F32, [rows, width])]
        + items.map { SafetensorsWriter.Item($0.name, $0.type, $0.shape) }
        + [SafetensorsWriter.Item("spiece_model", .U8, [tokenizer.count])]
      try SafetensorsWriter.write(all, to: path) { item, write in
        switch item.name {
        case "spiece_model": try tokenizer.withUnsafeBytes(write)
        case "shared.weight":
          try table.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<(rows * width * 4)])) }
        default:
          guard let entry = source.entry(item.name) else { return }
          try write(UnsafeRawBufferPointer(start: source.location(of: entry).at, count: entry.range.count))
        }
      }
    }
    try write(model, rows: rows, to: scratch("all.safetensors"))
    let encoder = try T5Encoder(scratch("all.safetensors"), room: 16, on: compute)
    #expect(encoder.tokens("") == [1] && encoder.tokens("  a &amp;lt; b ").last == 1)
    let made = try encoder.encode(["a cat", ""])
    #expect(made.lengths == [encoder.tokens("a cat").count, 1] && made.tokens.shape == [2, 16, 24])
    let values = made.tokens.values, used = made.lengths[0] * width
    #expect(values[..<used].contains { $0 != 0 } && values[used..<(16 * width)].allSatisfy { $0 == 0 })
    #expect(encoder.identity.count == 64 && encoder.identity == encoder.identity)

    try write(model, rows: 100, to: scratch("few.safetensors"))
    let few = problem { try T5Encoder(scratch("few.safetensors"), on: compute) }
    #expect(few.what.contains("pieces") && few.what.contains("rows"), "\(few)")
    try write(Array(model.prefix(1000)), rows: rows, to: scratch("cut.safetensors"))
    #expect(problem { try T5Encoder(scratch("cut.safetensors"), on: compute) }.place?.contains("spiece_model") == true)
  }

  /// What is beside a text in its batch does not change it.
  @Test func textsAreEncodedApart() throws {
    let compute = try #require(Compute(threads: 2))
    let encoder = try T5Encoder(Self.umt5, room: 40, hasTokenizer: false, on: compute)
    let long = (0..<40).map { 3 + $0 }, short = [17, 1]
    let both = try encoder.encode(tokens: [short, long]), alone = try encoder.encode(tokens: [short])
    #expect(largestDifference(Array(both.tokens.values[..<(40 * 24)]), alone.tokens.values.map(Double.init)) < 1e-5)
    #expect(both.lengths == [2, 40])
  }

  @Test func whatDoesNotFitIsNamed() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1))
    let encoder = try T5Encoder(Self.umt5, room: 4, hasTokenizer: false, on: compute)
    #expect(problem { try encoder.encode(tokens: [[5, 120]]) }.what.contains("120"))
    #expect(problem { try encoder.encode(tokens: [[-1]]) }.what.contains("-1"))
    #expect(problem { try encoder.encode(tokens: [[]]) }.expected == "1 to 4")
    #expect(problem { try encoder.encode(tokens: [[1, 2, 3, 4, 5]]) }.expected == "1 to 4")
    #expect(problem { try T5Encoder(Self.umt5, on: compute) }.what.contains("no tokenizer"))
    #expect(problem { try T5Encoder(Fixture.path("family/text/bert"), on: compute) }.what.contains("'bert'"))
    #expect(problem { try BERTEncoder(Self.umt5, on: compute) }.what.contains("'umt5'"))
    #expect(problem { try CLIPVisionTower(Self.umt5, on: compute) }.what.contains("'umt5'"))
    #expect(problem { try T5Encoder(scratch("nothing"), on: compute) }.what.contains("no such"))
    try Disk.write(Data(), to: scratch("models_t5_umt5-xxl-enc-bf16.pth"))
    #expect(
      problem { try T5Encoder(scratch("models_t5_umt5-xxl-enc-bf16.pth"), on: compute) }.fix?.contains("ComfyUI")
        == true)
    for (key, value, said): (String, Value, String) in [
      ("num_layers", 3, "missing"), ("num_heads", 0, "num_heads"), ("d_kv", "six", "d_kv"),
      ("feed_forward_proj", "gated-relu", "feed_forward_proj"), ("relative_attention_num_buckets", 30, "buckets"),
    ] {
      try? FileManager.default.removeItem(atPath: scratch("changed"))
      try FileManager.default.copyItem(atPath: Self.umt5, toPath: scratch("changed"))
      var config = try Fixture.json("family/text/umt5/config.json")
      config.set(key, value)
      try Disk.write(JSON.pretty(config), to: scratch("changed/config.json"))
      let found = problem { try T5Encoder(scratch("changed"), hasTokenizer: false, on: compute) }
      #expect("\(found)".contains(said), "\(key): \(found)")
    }
    let tower = try CLIPVisionTower(Fixture.path("family/text/clip-vision"), on: compute)
    #expect(problem { try tower(Tensor(zeros: [1, 3, 28, 27], on: compute)) }.what.contains("27"))
  }
}
