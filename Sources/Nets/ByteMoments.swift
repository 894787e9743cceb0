import CKernels
import Tensors

/// The moments of AdamW in eight bits a number: 2 bytes a parameter instead of 8. Blocks of 256 numbers share a scale (as in
/// Dettmers et al. 2022); a number is a small float relative to it, the first moment of a sign, 4 bits of exponent and 3
/// of mantissa, the second as its root, 4 and 4. Both are rounded at random to one of their neighbours, keyed by seed,
/// update and place, so that an average which moves by less than a step of its codes still moves.
public final class ByteMoments {
  /// Numbers that share a scale.
  static let block = 256

  let count: Int
  /// [count] each: the first moment, and the root of the second.
  let first: UnsafeMutablePointer<UInt8>, second: UnsafeMutablePointer<UInt8>
  /// [blocks] each: the largest magnitude.
  let firstScales: Tensor, secondScales: Tensor

  init(_ count: Int, on compute: Compute) {
    self.count = count
    let blocks = (count + Self.block - 1) / Self.block
    (first, second) = (.allocate(capacity: max(1, count)), .allocate(capacity: max(1, count)))
    first.initialize(repeating: 0, count: count)
    second.initialize(repeating: 0, count: count)
    firstScales = Tensor(zeros: [max(1, blocks)], on: compute)
    secondScales = Tensor(zeros: [max(1, blocks)], on: compute)
  }

  deinit {
    first.deallocate()
    second.deallocate()
  }
}
