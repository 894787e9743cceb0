import Foundation

/// Strengths from paired preferences: P(i preferred to j) = πᵢ/(πᵢ + πⱼ) (Bradley & Terry 1952), fitted by
/// minorisation-maximisation (Hunter 2004, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics
/// 32). Ties count half a win for each.
///
/// It cannot see that preferences may go in circles: one number an item has no room for them.
public enum BradleyTerry {
  /// Maximum-likelihood strengths with sum 1; nil when there are none: they exist only where every item can be reached
  /// from every other along wins (Ford 1957), see `components`.
  /// - Parameters:
  ///   - wins: `wins[i][j]` is how often i was preferred to j; the diagonal is not read.
  ///   - start: strengths to begin from, when near ones are known.
  ///   - tolerance: largest relative change of a strength at which fitting ends.
  public static func strengths(_ wins: [[Double]], from start: [Double]? = nil, tolerance: Double = 1e-12) -> [Double]?
  {
    guard !wins.isEmpty, components(wins).count == 1 else { return nil }
    let items = wins.indices, total = items.map { i in items.reduce(0) { $0 + (i == $1 ? 0 : wins[i][$1]) } }
    var strengths = start ?? [Double](repeating: 1 / Double(wins.count), count: wins.count)
    // Hunter's eq. 3; convergence is linear, and slow only where two groups hardly ever met.
    for _ in 0..<200_000 where wins.count > 1 {
      var next = items.map { i in
        total[i] / items.reduce(0) { $0 + (i == $1 ? 0 : (wins[i][$1] + wins[$1][i]) / (strengths[i] + strengths[$1])) }
      }
      let sum = next.reduce(0, +)
      for i in items { next[i] /= sum }
      let change = zip(next, strengths).reduce(0) { max($0, abs($1.0 - $1.1) / $1.0) }
      strengths = next
      if change < tolerance { break }
    }
    return strengths
  }

  /// 400·log₁₀ πᵢ, shifted so that the items' mean is 0: only differences mean anything, and 400 of them is odds of ten
  /// to one.
  public static func elo(_ strengths: [Double]) -> [Double] {
    let raw = strengths.map { 400 * log10($0) }, mean = raw.reduce(0, +) / Double(raw.count)
    return raw.map { $0 - mean }
  }

  /// Items that can be reached from one another along wins, each group in order of its first item. One group: strengths
  /// exist.
  public static func components(_ wins: [[Double]]) -> [[Int]] { groups(wins) { wins[$0][$1] > 0 } }

  /// Items connected by comparisons, whoever won.
  public static func islands(_ wins: [[Double]]) -> [[Int]] { groups(wins) { wins[$0][$1] + wins[$1][$0] > 0 } }

  /// Groups of mutually reachable items (Warshall 1962).
  private static func groups(_ wins: [[Double]], _ isEdge: (Int, Int) -> Bool) -> [[Int]] {
    let items = wins.indices
    var reaches = items.map { i in items.map { $0 == i || isEdge(i, $0) } }
    for via in items {
      for i in items where reaches[i][via] { for j in items where reaches[via][j] { reaches[i][j] = true } }
    }
    var groups: [[Int]] = []
    for i in items where !groups.contains(where: { $0.contains(i) }) {
      groups.append(items.filter { reaches[i][$0] && reaches[$0][i] })
    }
    return groups
  }
}
