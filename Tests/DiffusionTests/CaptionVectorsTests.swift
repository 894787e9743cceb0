import Files
import Foundation
import Models
import Tensors
import TestKit
import Testing

/// Captions through a frozen encoder, as `text:` of an experiment asks for it.
@Suite struct CaptionVectorsTests {
  /// A BERT of two layers with its vocabulary beside it.
  private func encoder(in scratch: Scratch) throws -> String {
    let place = scratch("bert")
    try FileManager.default.copyItem(atPath: Fixture.path("family/text/bert"), toPath: place)
    let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "red", "ball", "falls", "##s"]
    try Disk.write(words.joined(separator: "\n"), to: place + "/vocab.txt")
    return place
  }

  private func embedder(_ place: String, tokens: Int = 6) -> CaptionEmbedder {
    var embedder = CaptionEmbedder(tokens: tokens)
    (embedder.kind, embedder.from) = (.minilm, place)
    return embedder
  }

  @Test func vectorsAreTheEncoders() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2)), place = try encoder(in: scratch)
    let resolved = try embedder(place).resolved(on: compute), own = try BERTEncoder(place, room: 6, on: compute)
    #expect(resolved.width == 24 && resolved.identity == own.identity && resolved.name == .encoder)
    let vectors = CaptionVectors(resolved, on: compute),
      captions: [String?] = ["a red ball", nil, "a red ball", "balls"]
    let made = try vectors(captions), values = made.values, each = 6 * 24
    #expect(made.shape == [4, 6, 24])
    for (i, caption) in captions.enumerated() {
      let alone = try own.encode([caption ?? ""]).tokens.values
      let same = Array(values[i * each..<(i + 1) * each]) == alone
      #expect(same, "\(caption ?? "none")")
    }
    #expect(values[3 * 24..<each].contains { $0 != 0 } && values[5 * 24..<each].allSatisfy { $0 == 0 })
  }

  /// Other files under the same name are refused before anything is made of them.
  @Test func otherFilesAreRefused() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1)), place = try encoder(in: scratch)
    let resolved = try embedder(place).resolved(on: compute)
    try Disk.write(try Disk.readText(place + "/vocab.txt") + "\nbox", to: place + "/vocab.txt")
    #expect(problem { try CaptionVectors(resolved, on: compute).values("a") }.what.contains("another text encoder"))
    #expect(problem { try resolved.resolved(on: compute) }.exit == .usage)
    var lost = resolved
    lost.from = nil
    #expect(problem { try CaptionVectors(lost, on: compute).values("a") }.fix?.contains("identity") == true)
    #expect(problem { try embedder(place, tokens: 99).resolved(on: compute) }.what.contains("at most 24"))
  }

  /// A document says what is not hashed words, and one that is keeps every word it had.
  @Test func documentsAreReadBack() throws {
    #expect(JSON.line(CaptionEmbedder().value) == #"{"name":"hashed-words/1","tokens":16,"width":64}"#)
    var embedder = CaptionEmbedder(tokens: 32, width: 384)
    (embedder.kind, embedder.identity) = (.minilm, "ab12")
    let value = embedder.value
    #expect(value["name"] == "text-encoder/1" && value["kind"] == "minilm" && value["identity"] == "ab12")
    let fields = StrictFields(value, at: "text")
    #expect(CaptionEmbedder(fields) == embedder)
    try fields.finish()
    for (text, said) in [
      (#"{"kind":"bert"}"#, "kind"), (#"{"from":"/x"}"#, "need no encoder"), (#"{"name":"t5"}"#, "this build has"),
    ] {
      let fields = StrictFields(try JSON.parse(text, at: "e"), at: "e")
      _ = CaptionEmbedder(fields)
      #expect("\(problem { try fields.finish() })".contains(said))
    }
    let short = StrictFields(try JSON.parse(#"{"kind":"umt5","from":"/x"}"#, at: "e"), at: "e")
    #expect(CaptionEmbedder(short).tokens == 512)
  }
}
