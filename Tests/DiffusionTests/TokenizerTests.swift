import Diffusion
import Files
import Foundation
import Models
import Tensors
import TestKit
import Testing

/// Tokenizers against SentencePiece and huggingface/tokenizers (Tests/Interop/make_wan_family.py), and against damage.
@Suite struct TokenizerTests {
  private static let folder = Fixture.path("family/tokenizers")
  private static func model() throws -> [UInt8] { try [UInt8](Disk.read(folder + "/spiece.model")) }

  @Test func numbersAreTheirs() throws {
    let parity = try Parity(folder: Self.folder, on: try #require(Compute(threads: 1)))
    #expect(parity.rows.count == 5 && parity.rows.allSatisfy { $0.absolute == 0 }, "\(parity.rows)")
  }

  @Test func aChangedNumberFails() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1))
    try FileManager.default.copyItem(atPath: Self.folder, toPath: scratch("case"))
    let path = scratch("case/cases.json"), text = try Disk.readText(path)
    let range = try #require(text.range(of: "265"))
    try Disk.write(text.replacingCharacters(in: range, with: "266"), to: path)
    #expect(try !Parity(folder: scratch("case"), on: compute).passes)
  }

  /// A text that is cut keeps what stands around it.
  @Test func limitsKeepTheFrame() throws {
    let pieces = try SentencePieceTokenizer(path: Self.folder + "/spiece.model"),
      words = try TokenizerFile(path: Self.folder + "/wordpiece.json")
    let long = String(repeating: "the ball falls ", count: 50)
    for limit in [1, 2, 3, 7] {
      let ids = pieces.ids(long, limit: limit)
      #expect(ids.count == limit && ids.last == 1)
      #expect(words.ids(long, limit: limit).count == limit)
    }
    #expect(words.ids(long, limit: 5).first == 2 && words.ids(long, limit: 5).last == 3)
    #expect(pieces.ids("") == [1] && words.ids("") == [2, 3])
  }

  /// BERT's list of words is the same tokenizer.
  @Test func aVocabularyIsATokenizer() throws {
    let scratch = try Scratch(), file = try Fixture.json("family/tokenizers/wordpiece.json")
    let vocabulary = try #require(file["model"]?["vocab"]?.fields).sorted {
      $0.value.integer ?? 0 < $1.value.integer ?? 0
    }
    try Disk.write(vocabulary.map(\.key).joined(separator: "\n") + "\n", to: scratch("vocab.txt"))
    let one = try TokenizerFile(vocabulary: scratch("vocab.txt")),
      other = try TokenizerFile(path: Self.folder + "/wordpiece.json")
    for text in ["the red ball falls, slowly.", "naïve CAFÉ", "日本語 text", ""] {
      #expect(one.ids(text) == other.ids(text), "\(text)")
    }
    try Disk.write("a\nb\n", to: scratch("vocab.txt"))
    #expect(problem { try TokenizerFile(vocabulary: scratch("vocab.txt")) }.what.contains("[UNK]"))
  }

  /// The field's bytes of a message, found by walking it: (number, start of the field, start of its contents, end).
  private static func fields(_ bytes: [UInt8], _ range: Range<Int>) -> [(number: Int, from: Int, body: Int, end: Int)] {
    var found: [(number: Int, from: Int, body: Int, end: Int)] = [], at = range.lowerBound
    func varint() -> Int {
      var value = 0, shift = 0
      repeat {
        value |= Int(bytes[at] & 0x7F) << shift
        (shift, at) = (shift + 7, at + 1)
      } while bytes[at - 1] & 0x80 != 0
      return value
    }
    while at < range.upperBound {
      let from = at, key = varint()
      switch key & 7 {
      case 0: _ = varint()
      case 2: let n = varint(); found.append((key >> 3, from, at, at + n)); at += n
      default: at += 4
      }
    }
    return found
  }

  private static func varint(_ n: Int) -> [UInt8] {
    n < 128 ? [UInt8(n)] : [UInt8(n & 0x7F | 0x80)] + varint(n >> 7)
  }

  /// The model with its normaliser's table changed.
  private static func withTable(_ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
    let bytes = try model()
    let spec = try #require(fields(bytes, bytes.indices).first { $0.number == 3 })
    let inside = fields(bytes, spec.body..<spec.end), table = try #require(inside.first { $0.number == 2 })
    var new = Array(bytes[table.body..<table.end])
    change(&new)
    let body =
      Array(bytes[spec.body..<table.from]) + (new.isEmpty ? [] : [2 << 3 | 2] + varint(new.count) + new)
      + Array(bytes[table.end..<spec.end])
    return Array(bytes[..<spec.from]) + [3 << 3 | 2] + varint(body.count) + body + Array(bytes[spec.end...])
  }

  private func complaint(_ bytes: [UInt8], _ location: SourceLocation = #_sourceLocation) -> Problem {
    problem({ try SentencePieceTokenizer(bytes, at: "spiece.model") }, location)
  }

  @Test func damageIsOneMessage() throws {
    let bytes = try Self.model()
    #expect(
      try SentencePieceTokenizer(Self.withTable { _ in }, at: "same").ids("ﬁne")
        == SentencePieceTokenizer(bytes, at: "a").ids("ﬁne"))
    #expect(complaint(try Self.withTable { $0 = [] }).what.contains("normaliser table"))
    #expect(complaint(try Self.withTable { $0 = Array($0.prefix(3)) }).what.contains("3 bytes"))
    #expect(complaint(try Self.withTable { $0[2] = 0xFF }).what.contains("claims"))
    #expect(complaint(try Self.withTable { $0[$0.count - 1] = 65 }).what.contains("do not end"))
    // The root's children, and a value, far away.
    #expect(complaint(try Self.withTable { ($0[5], $0[6], $0[7]) = (0xFE, 0xFF, 0x7F) }).what.contains("points"))
    #expect(complaint(Array(bytes.dropLast(bytes.count / 2))).what.contains("claims"))
    #expect(complaint([]).what.contains("no pieces"))
    #expect(
      complaint([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]).what.contains("64 bits"))
    #expect(complaint([0x0A, 0x05, 0x15, 0, 0, 0x80, 0x3F]).what.contains("piece 0 has no text"))
    #expect(complaint([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x63]).what.contains("type 99"))
    #expect(complaint([0x0A, 0x03, 0x0A, 0x01, 0x61]).what.contains("unknown"))
    #expect(complaint(bytes + [0x12, 0x02, 0x18, 0x02]).what.contains("BPE"))
  }

  /// Whatever byte is changed, wherever the file ends: a tokenizer, or one message.
  @Test func nothingTraps() throws {
    let bytes = try Self.model(), json = try [UInt8](Disk.read(Self.folder + "/wordpiece.json")),
      unigram = try [UInt8](Disk.read(Self.folder + "/tokenizer-nfkc.json"))
    let hard = "ﬁne ①② e\u{301} 日本語 \u{0} </s> 👩‍👩‍👧 ￥ \u{FEFF} [MASK] zzz"
    var random = SplitMix64(5), opened = 0, refused = 0
    func attempt(_ make: () throws -> any Tokenizer) {
      do {
        let tokenizer = try make(), ids = tokenizer.ids(hard)
        #expect(ids.allSatisfy { (0..<tokenizer.count).contains($0) })
        opened += 1
      } catch is Problem { refused += 1 } catch { Issue.record("\(error)") }
    }
    for _ in 0..<60 {
      let cut = Int(random.next() % UInt64(bytes.count))
      attempt { try SentencePieceTokenizer(Array(bytes.prefix(cut)), at: "cut") }
    }
    for i in 0..<400 {
      var changed = bytes
      // Half of them in pieces and settings, which are few beside the table.
      let at = i % 2 == 0 ? Int(random.next() % 9000) : Int(random.next() % UInt64(bytes.count))
      changed[at] = UInt8(truncatingIfNeeded: random.next())
      attempt { try SentencePieceTokenizer(changed, at: "changed") }
    }
    for source in [json, unigram] {
      for _ in 0..<150 {
        var changed = source
        changed[Int(random.next() % UInt64(changed.count))] = UInt8(truncatingIfNeeded: random.next() % 128)
        attempt { try TokenizerFile(changed, at: "changed") }
      }
    }
    #expect(opened > 100 && refused > 100, "\(opened) opened, \(refused) refused")
  }

  @Test func otherKindsOfFileAreNamed() throws {
    func complaint(_ text: String) -> Problem { problem { try TokenizerFile(Array(text.utf8), at: "tokenizer.json") } }
    #expect(complaint(#"{"model":{"type":"BPE","vocab":{}}}"#).what.contains("'BPE'"))
    #expect(complaint(#"{"model_type":"umt5"}"#).what.contains("no tokenizer"))
    #expect(complaint("[1]").what.contains("no tokenizer"))
    #expect(complaint(#"{"model":{"type":"Unigram","unk_id":7,"vocab":[["a",-1]]}}"#).what.contains("unk_id is 7"))
    #expect(complaint(#"{"model":{"type":"Unigram","unk_id":0,"vocab":[["",-1]]}}"#).what.contains("no text"))
    #expect(complaint(#"{"model":{"type":"Unigram","unk_id":0,"vocab":[]}}"#).what.contains("no vocabulary"))
    #expect(complaint(#"{"model":{"type":"WordPiece","vocab":{"[UNK]":-4}}}"#).what.contains("out of range"))
    #expect(complaint(#"{"model":{"type":"WordPiece","vocab":{"a":0}}}"#).what.contains("lacks '[UNK]'"))
    let words = #""model":{"type":"WordPiece","vocab":{"[UNK]":0}}"#
    #expect(complaint(#"{"normalizer":{"type":"Nmt"},\#(words)}"#).what.contains("'Nmt'"))
    #expect(complaint(#"{"normalizer":{"type":"Precompiled"},\#(words)}"#).what.contains("normaliser table"))
    #expect(complaint(#"{"pre_tokenizer":{"type":"ByteLevel"},\#(words)}"#).what.contains("'ByteLevel'"))
    #expect(
      complaint(#"{"post_processor":{"type":"BertProcessing","cls":["a",0],"sep":["b",9]},\#(words)}"#).what.contains(
        "not in the vocabulary"))
    #expect(complaint(#"{"added_tokens":[{"id":-1,"content":"x"}],\#(words)}"#).what.contains("added_tokens"))
  }

  @Test func promptsAreCleaned() {
    let cases = [
      ("a &amp;amp; b", "a & b"), ("&#8217;s &rsquo;s", "'s 's"),
      ("x &notit; &copy y &unknown;", "x ¬it; © y &unknown;"),
      ("&#128;&#xD800;&#1;", "€\u{FFFD}"), (" tab\t and\nline ", "tab and line"), ("“quoted”…", "\"quoted\"…"),
      ("ＦＵＬＬ ﬁ", "FULL fi"), ("sÃ©ance", "sÃ©ance"), ("&", "&"), ("&#;", "&#;"), ("", ""),
    ]
    for (text, want) in cases { #expect(PromptText.cleaned(text) == want, "\(text)") }
  }
}
