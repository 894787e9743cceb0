/// The closest known name, by edit distance, for "did you mean".
public enum Nearest {
  public static func hint(_ name: String, _ known: [String]) -> String {
    index(name, known).map { " (did you mean '\(known[$0])'?)" } ?? ""
  }

  /// The place of the closest; nil when none is close.
  package static func index(_ name: String, _ known: [String]) -> Int? {
    let distances = known.map { distance(Array(name), Array($0)) }
    guard let best = distances.indices.min(by: { distances[$0] < distances[$1] }),
      distances[best] <= max(2, name.count / 3)
    else { return nil }
    return best
  }

  /// Levenshtein distance.
  package static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var diagonal = row[0]
      row[0] = i + 1
      for j in 0..<b.count {
        let cost = min(row[j] + 1, row[j + 1] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[b.count]
  }
}
