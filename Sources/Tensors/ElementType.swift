import CKernels

/// How a tensor's elements are stored. Parameters, optimizer state, the residual stream, norms and softmax are f32; the
/// operands of products may be bf16 (the upper half of an f32: 8 bits of exponent, 8 of significand).
public enum ElementType: String, Sendable, CaseIterable {
  case f32, bf16

  /// Bytes an element.
  public var size: Int { self == .f32 ? 4 : 2 }
  /// As the kernels call it.
  package var code: Int32 { Int32(self == .f32 ? ok_f32 : ok_bf16) }
}
