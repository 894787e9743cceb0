/// SplitMix64 by counter, for resampling: keyed by seed and draw, so any draw can be made alone, in any order, on any
/// thread.
struct ResamplingRandom {
  private var state: UInt64

  init(seed: UInt64, draw: Int = 0) {
    // Both keys are mixed, so that neighbouring draws are not one stream shifted by a place.
    state =
      Self.mix(seed &* 0xD134_2543_DE82_EF95 &+ 0x2545_F491_4F6C_DD1D)
      ^ Self.mix(UInt64(draw) &* 0x9FB2_1C65_1E98_DF25 &+ 0x632B_E59B_D9B4_E019)
  }

  private static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform on 0..<count, by multiplication of the high 32 bits (bias below count / 2³²).
  mutating func index(_ count: Int) -> Int { Int(((bits() >> 32) &* UInt64(count)) >> 32) }

  /// Σv and Σv² over `count` values drawn with replacement from as many; each word of bits gives two places.
  mutating func sums(_ values: UnsafePointer<Double>, _ count: Int) -> (sum: Double, squares: Double) {
    var sum = 0.0, squares = 0.0
    let n = UInt64(count)
    for _ in 0..<count / 2 {
      let word = bits()
      let u = values[Int(((word >> 32) &* n) >> 32)], v = values[Int(((word & 0xFFFF_FFFF) &* n) >> 32)]
      sum += u + v
      squares += u * u + v * v
    }
    if count & 1 == 1 {
      let v = values[index(count)]
      sum += v
      squares += v * v
    }
    return (sum, squares)
  }
}
