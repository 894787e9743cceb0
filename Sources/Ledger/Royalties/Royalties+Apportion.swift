import Files

/// Cuts a sum of indivisible units in proportion to scores.
///
/// Largest remainders (Hamilton's method): part_i = ⌊total · score_i / Σ score⌋, and the units this leaves over go one
/// each to the largest remainders. Of equal remainders the earlier part comes first, so callers put parts into an order
/// that means something (byte order of names). Every part is within one unit of its exact share, and the parts add up
/// to the total. All integers: no rounding on the way.
package enum Apportion {
  /// - Returns: one part a score; a score of zero gets nothing.
  /// - Throws: `Problem` when all scores are zero and there is something to share, or their sum leaves 128 bits.
  package static func parts(_ total: UInt64, by scores: [UInt128]) throws -> [UInt64] {
    var sum: UInt128 = 0
    for score in scores {
      let (next, overflow) = sum.addingReportingOverflow(score)
      guard !overflow else {
        throw Problem(
          "weights times frames add up to more than 128 bits hold",
          fix: "lower the weights: only their proportions matter")
      }
      sum = next
    }
    guard sum > 0 else {
      guard total == 0 else { throw Problem("there is nothing to share by: every score is zero") }
      return scores.map { _ in 0 }
    }
    // total · score < 2^192 needs the full width; the quotient is at most the total, so the division cannot overflow.
    var parts: [UInt64] = [], remainders: [UInt128] = [], given: UInt64 = 0
    for score in scores {
      let (quotient, remainder) = sum.dividingFullWidth(UInt128(total).multipliedFullWidth(by: score))
      parts.append(UInt64(quotient))
      remainders.append(remainder)
      given += UInt64(quotient)
    }
    let order = scores.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
    for i in order.prefix(Int(total - given)) { parts[i] += 1 }
    return parts
  }
}
