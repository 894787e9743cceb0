/// SplitMix64 by counter, for resampling: the same seed gives the same draws on every machine and thread.
struct ResamplingRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0xD134_2543_DE82_EF95 &+ 0x2545_F491_4F6C_DD1D }

  mutating func bits() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform on 0..<count, by multiplication of the high 32 bits (bias below count / 2³²).
  mutating func index(_ count: Int) -> Int { Int(((bits() >> 32) &* UInt64(count)) >> 32) }
}
