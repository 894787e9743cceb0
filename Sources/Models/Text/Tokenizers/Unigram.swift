/// The most probable cut of a text into pieces, each drawn by itself (Kudo 2018, §3.2): Viterbi over bytes. What no
/// piece covers is unknown, a character at a time, at a cost; of equal cuts the first found stands.
///
/// `Score` is the precision sums are kept in: SentencePiece's float, or the double of huggingface/tokenizers.
struct Unigram<Score: BinaryFloatingPoint & Sendable>: Sendable {
  enum Kind: Sendable {
    case learnt
    /// Given, not learnt: taken wherever it fits.
    case given
    /// Never taken.
    case unused
  }

  let trie: PieceTrie
  /// Log-probability of each piece.
  let scores: [Score]
  /// As many, or none when all are learnt.
  let kinds: [Kind]
  /// The least and the largest score of a learnt piece.
  let least: Score, largest: Score

  /// Below the least probable piece: what an unknown character costs.
  private static var penalty: Score { 10 }

  /// A stretch of the text, and its piece; nil for an unknown character.
  struct Part {
    let range: Range<Int>
    let id: Int?
  }

  private struct Reached {
    var score: Score = 0
    var from: Int32 = -1
    var id: Int32 = -1
  }

  /// Bytes of the character that begins with `byte`.
  static func length(_ byte: UInt8) -> Int { byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }

  func parts(_ text: UnsafeBufferPointer<UInt8>) -> [Part] {
    let n = text.count, unknown = least - Self.penalty
    guard n > 0 else { return [] }
    var best = [Reached](repeating: Reached(), count: n + 1), at = 0
    while at < n {
      let reached = best[at].score, step = min(Self.length(text[at]), n - at)
      var node = 0, isCovered = false, i = at
      while i < n, let next = trie.step(node, text[i]) {
        (node, i) = (next, i + 1)
        guard let id = trie.piece(at: node) else { continue }
        var candidate = scores[id] + reached
        if !kinds.isEmpty {
          if kinds[id] == .unused { continue }
          if kinds[id] == .given { candidate = Score(Double(Score(i - at) * largest) - 0.1 + Double(reached)) }
        }
        if best[i].from < 0 || candidate > best[i].score {
          best[i] = Reached(score: candidate, from: Int32(at), id: Int32(id))
        }
        if i - at == step { isCovered = true }
      }
      if !isCovered {
        let candidate = unknown + reached
        if best[at + step].from < 0 || candidate > best[at + step].score {
          best[at + step] = Reached(score: candidate, from: Int32(at), id: -1)
        }
      }
      at += step
    }
    var parts: [Part] = [], end = n
    while end > 0 {
      let from = Int(best[end].from)
      parts.append(Part(range: from..<end, id: best[end].id < 0 ? nil : Int(best[end].id)))
      end = from
    }
    return parts.reversed()
  }
}
