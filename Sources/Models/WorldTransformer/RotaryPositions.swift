import Foundation
import Tensors

/// Rotary tables over (frame, row, column), as Wan lays them out: of a head's features the frame takes what height and
/// width (2·⌊H/6⌋ each) leave; angles are position·10000^(−2i/n), computed in Double.
package struct RotaryPositions {
  package let cos: Tensor
  package let sin: Tensor

  /// Tables [tokens, headDim/2] for a grid of t·h·w tokens.
  package init(headDim: Int, grid: (t: Int, h: Int, w: Int, tokens: Int), on compute: Compute) {
    let side = 2 * (headDim / 6), axes = [headDim - 2 * side, side, side], half = headDim / 2
    var c = [Float](repeating: 0, count: grid.tokens * half), s = c
    for token in 0..<grid.tokens {
      let position = [token / (grid.h * grid.w), token / grid.w % grid.h, token % grid.w]
      var at = token * half
      for (axis, n) in axes.enumerated() {
        for i in 0..<n / 2 {
          let angle = Double(position[axis]) / pow(10000, Double(2 * i) / Double(n))
          c[at] = Float(Foundation.cos(angle))
          s[at] = Float(Foundation.sin(angle))
          at += 1
        }
      }
    }
    cos = Tensor(c, [grid.tokens, half], on: compute)
    sin = Tensor(s, [grid.tokens, half], on: compute)
  }
}
