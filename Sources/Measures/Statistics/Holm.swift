/// Holm's step-down adjustment (Holm 1979): the chance of one false claim or more in the family stays below the level,
/// whatever the tests have to do with one another.
public enum Holm {
  /// Adjusted p in the order given: the k-th smallest of m times (m − k + 1), at most 1, and never below a smaller
  /// one's.
  public static func adjusted(_ p: [Double]) -> [Double] {
    var result = p, floor = 0.0
    for (rank, i) in p.indices.sorted(by: { p[$0] < p[$1] }).enumerated() {
      floor = max(floor, min(1, p[i] * Double(p.count - rank)))
      result[i] = floor
    }
    return result
  }
}
