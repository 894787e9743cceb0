/// The longest pieces from the left (Wu et al. 2016; BERT): a word is cut greedily, what continues one has a prefix of its
/// own, and a word that cannot be cut, or is too long, is unknown.
struct WordPiece: Sendable {
  /// Pieces that begin a word, and those that go on, without their prefix.
  let first: PieceTrie, next: PieceTrie
  let unknown: Int
  /// Characters of the longest word that is cut.
  let longest: Int

  init(_ vocabulary: [(text: String, id: Int)], prefix: String, unknown: Int, longest: Int) {
    let all = vocabulary.map { (Array($0.text.utf8), $0.id) }, mark = Array(prefix.utf8)
    first = PieceTrie(all.lazy.map { ($0.0[...], $0.1) })
    next = PieceTrie(all.lazy.filter { $0.0.starts(with: mark) }.map { ($0.0[mark.count...], $0.1) })
    (self.unknown, self.longest) = (unknown, longest)
  }

  func ids(_ word: String) -> [Int] {
    guard word.unicodeScalars.count <= longest else { return [unknown] }
    var word = word
    return word.withUTF8 { bytes in
      var ids: [Int] = [], at = 0
      while at < bytes.count {
        guard let found = (at == 0 ? first : next).longest(bytes, at) else { return [unknown] }
        ids.append(found.id)
        at = found.end
      }
      return ids
    }
  }
}
