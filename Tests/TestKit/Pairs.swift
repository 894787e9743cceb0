import Testing

/// Pairs in order, as `zip` has them. A test fails where the lengths differ or there is nothing, which `zip` passes
/// over in silence.
package func pairs<A: Collection, B: Collection>(
  _ a: A, _ b: B, _ location: SourceLocation = #_sourceLocation
) -> [(A.Element, B.Element)] {
  if a.count != b.count { Issue.record("\(a.count) things against \(b.count)", sourceLocation: location) }
  if a.isEmpty { Issue.record("there is nothing to compare", sourceLocation: location) }
  return Array(zip(a, b))
}

/// max |a − b|, in order. Infinite where the lengths differ or there is nothing to compare, and NaN where either holds
/// one: then it is below no bound. (`max()` of numbers with a NaN among them is another number.)
package func largestDifference<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ a: some Collection<A>, _ b: some Collection<B>
) -> Double {
  guard a.count == b.count, !a.isEmpty else { return .infinity }
  var worst = 0.0
  for (x, y) in zip(a, b) {
    let difference = abs(Double(x) - Double(y))
    guard !difference.isNaN else { return .nan }
    worst = max(worst, difference)
  }
  return worst
}

/// max |a − b| of bytes, in order; 256 where the lengths differ or there is nothing to compare.
package func largestDifference(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Int {
  guard a.count == b.count, !a.isEmpty else { return 256 }
  return zip(a, b).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
}
