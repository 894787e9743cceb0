import Files
import Models
import Tensors

/// Replays what the tokenizers of other libraries made of strings. A row is a tokenizer; its numbers are strings that
/// differ.
///
/// A case is a folder with `cases.json`: under `sentencepiece`, `tokenizer_json`, `tokenizer_nfkc` and `wordpiece` a list
/// of `text` and `ids` by `spiece.model`, `tokenizer.json`, `tokenizer-nfkc.json` and `wordpiece.json`, and under
/// `wan_prompt_clean` of `text` and `cleaned`. What is not listed is not replayed.
struct TokenizerParity: ParityKind {
  static func isOne(_ folder: String) -> Bool { Disk.exists(folder + "/cases.json") }

  /// Lists of a case, and the file each is by.
  private static let tokenizers = [
    ("sentencepiece", "spiece.model"), ("tokenizer_json", "tokenizer.json"), ("tokenizer_nfkc", "tokenizer-nfkc.json"),
    ("wordpiece", "wordpiece.json"),
  ]

  static func rows(_ folder: String, _ products: ElementType, on compute: Compute) throws -> [Parity.Row] {
    let path = folder + "/cases.json", cases = try JSON.parse(Disk.readText(path), at: path)
    var rows: [Parity.Row] = []
    func row(_ name: String, _ agrees: (Value) throws -> Bool) throws {
      guard let list = cases[name]?.array else { return }
      guard !list.isEmpty else { throw Problem("'\(name)' lists no string", at: path, fix: "make the case again") }
      let differ = Double(try list.count { try !agrees($0) })
      rows.append(Parity.Row(name: "\(name), \(list.count) strings", absolute: differ, relative: differ))
    }
    func text(_ item: Value, _ key: String = "text") throws -> String {
      guard let text = item[key]?.string else {
        throw Problem("an entry has no \(key)", at: path, fix: "make the case again")
      }
      return text
    }
    for (name, file) in tokenizers where cases[name] != nil {
      let place = folder + "/" + file
      let tokenizer: any Tokenizer =
        file.hasSuffix(".model") ? try SentencePieceTokenizer(path: place) : try TokenizerFile(path: place)
      try row(name) { item in
        guard let ids = item["ids"]?.array else {
          throw Problem("an entry of '\(name)' has no ids", at: path, fix: "make the case again")
        }
        return tokenizer.ids(try text(item)) == ids.map { $0.integer ?? -1 }
      }
    }
    // By code points: strings that are canonically equal are not the same to a tokenizer.
    try row("wan_prompt_clean") {
      PromptText.cleaned(try text($0)).unicodeScalars.elementsEqual(try text($0, "cleaned").unicodeScalars)
    }
    guard !rows.isEmpty else {
      throw Problem(
        "the case lists nothing that is known here", at: path,
        expected: (tokenizers.map(\.0) + ["wan_prompt_clean"]).joined(separator: ", "), fix: "make the case again")
    }
    return rows
  }
}
