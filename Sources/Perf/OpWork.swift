import Tensors

/// The arithmetic an op does, counted from its inputs' shapes: the products of the matrix ops, and a nominal number of
/// operations an element for the others, whose roof is memory anyway. A backward pass counts twice: two products for
/// one, and what is computed again is not counted.
package enum OpWork {
  /// Floating-point operations of a forward pass; nil for an op nobody has counted.
  package static func flops(_ op: String, _ x: [Shape]) -> Double? {
    func n(_ i: Int) -> Double { Double(x[i].count) }
    let rows = Double(x[0].rows)
    switch op {
    // Every matrix after x is a weight that each row meets once.
    case "Linear", "FeedForward":
      return 2 * rows * x.dropFirst().filter { $0.rank == 2 }.reduce(0) { $0 + Double($1.count) }
    case "CrossAttention": return 4 * n(0) * Double(x[1][1])
    case "SelfAttention": return 4 * n(0) / 3 * Double(x[0][1])
    case "ModulatedNorm", "AffineNorm": return 8 * n(0)
    case "Activate": return 12 * n(0)
    case "GatedResidual": return 2 * n(0)
    case "Add": return n(0)
    case "TableAdd": return Double(x[0].shapeGroups) * n(1)
    case "WeightedMSE": return 3 * n(0)
    case "Patchify", "Unpatchify": return 0
    default: return nil
    }
  }
}

extension Shape {
  /// Rows of all axes but the last two.
  fileprivate var shapeGroups: Int { rank < 2 ? 1 : sizes.dropLast(2).reduce(1, *) }
}
