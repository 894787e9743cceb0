import Files

/// Counter-based random numbers: the nth draw is a function of (key, n) alone, so any instance is re-created by itself.
///
/// The mixing function is SplitMix64's (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA
/// 2014).
public struct InstanceRandom: Sendable {
  private let key: UInt64
  private var counter: UInt64 = 0

  /// - Parameter path: what the stream belongs to, such as ["wm-eval/1", "free-fall", "train", "123", "attempt 0"].
  ///   Each part is hashed with its length, so ["ab", "c"] and ["a", "bc"] differ.
  public init(_ path: [String]) {
    key = Self.mix(
      path.reduce(FNV1a.basis) { hash, part in
        FNV1a.hash(part, from: Self.mix(hash &+ UInt64(part.utf8.count) &* Self.golden))
      })
  }

  private static let golden: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 64 uniform bits.
  public mutating func bits() -> UInt64 {
    counter &+= 1
    return Self.mix(key &+ counter &* Self.golden)
  }

  /// Uniform on [0, 1), 53 bits.
  public mutating func unit() -> Double { Double(bits() >> 11) * 0x1p-53 }

  /// Uniform on the range.
  public mutating func uniform(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// Uniform on 0..<count (bias below count / 2⁵³).
  public mutating func index(_ count: Int) -> Int { min(count - 1, Int(unit() * Double(count))) }
}
