import CKernels

/// How a tensor's elements are stored. Parameters, optimizer state, the residual stream, norms and softmax are f32; the operands of
/// products may be bf16 (the upper half of an f32: 8 bits of exponent, 8 of significand).
public enum ElementType: Int32, Sendable, CaseIterable, CustomStringConvertible {
  case f32 = 0, bf16 = 1

  public init?(_ name: String) {
    guard let found = Self.allCases.first(where: { $0.description == name }) else { return nil }
    self = found
  }

  public var description: String { self == .f32 ? "f32" : "bf16" }
  /// Bytes an element.
  public var size: Int { self == .f32 ? 4 : 2 }
}
