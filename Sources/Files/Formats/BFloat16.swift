extension Float {
  /// The upper half of the nearest number that bfloat16 holds, ties to even; not a number stays none.
  package var bfloat16: UInt16 {
    guard !isNaN else { return UInt16(bitPattern >> 16) | 0x40 }
    return UInt16((bitPattern &+ 0x7FFF &+ (bitPattern >> 16 & 1)) >> 16)
  }

  package init(bfloat16 half: UInt16) { self.init(bitPattern: UInt32(half) << 16) }
}
