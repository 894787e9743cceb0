/// Names with numbers in them, by the numbers.
package enum NumericOrder {
  package static func isBefore(_ a: String, _ b: String) -> Bool {
    let (x, y) = (Array(a.utf8), Array(b.utf8))
    var i = 0, j = 0
    func isDigit(_ c: UInt8) -> Bool { (48...57).contains(c) }
    while i < x.count, j < y.count {
      if isDigit(x[i]), isDigit(y[j]) {
        var p = i, q = j
        while p < x.count, x[p] == 48 { p += 1 }
        while q < y.count, y[q] == 48 { q += 1 }
        var m = p, n = q
        while m < x.count, isDigit(x[m]) { m += 1 }
        while n < y.count, isDigit(y[n]) { n += 1 }
        if m - p != n - q { return m - p < n - q }
        if x[p..<m] != y[q..<n] { return x[p..<m].lexicographicallyPrecedes(y[q..<n]) }
        (i, j) = (m, n)
        continue
      }
      if x[i] != y[j] { return x[i] < y[j] }
      i += 1
      j += 1
    }
    return x.count - i != y.count - j ? x.count - i < y.count - j : a < b
  }

  /// The number a name ends with, behind `prefix`.
  package static func number(_ name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let rest = name.dropFirst(prefix.count)
    guard !rest.isEmpty, rest.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(rest)
  }
}
