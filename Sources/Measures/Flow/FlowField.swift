/// Dense motion from one frame to another, in pixels: what is at (x, y) of the first is at (x + u, y + v) of the
/// second. x right, y down.
public struct FlowField: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// H·W values each, row-major.
  public var u: [Float]
  public var v: [Float]

  public init(width: Int, height: Int, u: [Float], v: [Float]) {
    precondition(
      u.count == width * height && v.count == u.count, "\(u.count) and \(v.count) components for \(width)x\(height)")
    (self.width, self.height, self.u, self.v) = (width, height, u, v)
  }

  /// From a scene's exact flow, `[H·W]`.
  public init(width: Int, height: Int, _ vectors: [SIMD2<Float>]) {
    self.init(width: width, height: height, u: vectors.map(\.x), v: vectors.map(\.y))
  }

  /// Mean length of the longest `share` of the vectors, px: at least one of them.
  public func longest(_ share: Double) -> Double {
    let lengths = zip(u, v).map { ($0 * $0 + $1 * $1).squareRoot() }, kept = max(1, Int(Double(lengths.count) * share))
    guard let most = lengths.max(), most > 0 else { return 0 }
    // Only what lies in the upper bins of a histogram can be among the longest; sorting it all would cost more than the
    // flow of small frames.
    var bins = [Int](repeating: 0, count: 1024)
    for length in lengths { bins[Int(length / most * 1023)] += 1 }
    var lowest = 1023, above = bins[1023]
    while above < kept { lowest -= 1; above += bins[lowest] }
    let top = lengths.filter { Int($0 / most * 1023) >= lowest }.sorted(by: >)
    return top[..<kept].reduce(0.0) { $0 + Double($1) } / Double(kept)
  }

  /// Mean end-point error to another field of the same size, px, over pixels where `mask` is set.
  /// - Returns: nil when no pixel is.
  public func endPointError(to other: FlowField, where mask: [Bool]? = nil) -> Double? {
    precondition(
      other.width == width && other.height == height, "fields of \(width)x\(height) and \(other.width)x\(other.height)")
    var sum = 0.0, n = 0
    for i in u.indices where mask?[i] ?? true {
      let du = Double(u[i] - other.u[i]), dv = Double(v[i] - other.v[i])
      sum += (du * du + dv * dv).squareRoot()
      n += 1
    }
    return n > 0 ? sum / Double(n) : nil
  }
}
