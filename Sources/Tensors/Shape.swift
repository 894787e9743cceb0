/// The sizes of a tensor, outermost first. Row-major: the last axis is contiguous. At most eight axes.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  // In place, not in an array: a step copies tensors by the thousand, and each copy would count references.
  private let axes: SIMD8<Int>
  public let rank: Int
  public let count: Int

  public init(_ sizes: [Int]) {
    precondition(
      sizes.count <= 8 && sizes.allSatisfy { $0 >= 0 }, "\(sizes): at most eight sizes, none of them negative")
    var axes = SIMD8<Int>(repeating: 1)
    for (i, size) in sizes.enumerated() { axes[i] = size }
    (self.axes, rank, count) = (axes, sizes.count, sizes.reduce(1, *))
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public var sizes: [Int] { (0..<rank).map { axes[$0] } }
  /// The size of axis `axis`; negative axes count from the end.
  public subscript(axis: Int) -> Int {
    let i = axis < 0 ? rank + axis : axis
    precondition(i >= 0 && i < rank, "axis \(axis) of \(self)")
    return axes[i]
  }
  /// Elements in one row (the last axis).
  public var width: Int { rank > 0 ? axes[rank - 1] : 1 }
  /// Rows: the product of all axes but the last.
  public var rows: Int { width == 0 ? 0 : count / width }
  public var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }
}
