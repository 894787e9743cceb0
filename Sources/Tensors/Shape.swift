/// The sizes of a tensor, outermost first. Row-major: the last axis is contiguous.
public struct Shape: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let sizes: [Int]
  public let count: Int

  public init(_ sizes: [Int]) {
    precondition(sizes.allSatisfy { $0 >= 0 }, "a size in \(sizes) is negative")
    self.sizes = sizes
    count = sizes.reduce(1, *)
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public var rank: Int { sizes.count }
  /// The size of axis `axis`; negative axes count from the end.
  public subscript(axis: Int) -> Int { sizes[axis < 0 ? sizes.count + axis : axis] }
  /// Elements in one row (the last axis).
  public var width: Int { sizes.last ?? 1 }
  /// Rows: the product of all axes but the last.
  public var rows: Int { width == 0 ? 0 : count / width }
  public var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }
}
