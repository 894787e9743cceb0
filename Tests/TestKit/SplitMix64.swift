/// A seeded source of choices (SplitMix64: Steele, Lea & Flood 2014): a seed names a case for ever.
package struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// One of 0..<n; n is 1 or more.
  package mutating func below(_ n: Int) -> Int { Int.random(in: 0..<n, using: &self) }

  /// True once in `oneIn` times.
  package mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }
}
