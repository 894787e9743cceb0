import Files
import Testing

@Suite struct BFloat16Tests {
  /// To nearest, ties to even; what is not a number stays none, whatever its bits.
  @Test func roundsToNearestEven() {
    for (x, half) in [(1 as Float, 0x3F80), (-0.0, 0x8000), (1 + 0x1p-8, 0x3F80), (1 + 3 * 0x1p-8, 0x3F82)]
      as [(Float, UInt16)]
    {
      #expect(x.bfloat16 == half)
    }
    #expect(Float(bfloat16: 0x3F82) == 1.015625 && Float.infinity.bfloat16 == 0x7F80)
    #expect(Float.greatestFiniteMagnitude.bfloat16 == 0x7F80)
    for bits in [0x7FC0_0000, 0xFFFF_FFFF, 0x7F80_0001] as [UInt32] {
      #expect(Float(bfloat16: Float(bitPattern: bits).bfloat16).isNaN)
    }
  }
}
