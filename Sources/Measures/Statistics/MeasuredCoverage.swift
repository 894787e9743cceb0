import Files

/// How often nominal 95 % intervals of each kind held the true mean in simulation: 2,000 trials a cell, 10,000 draws
/// each, on differences drawn from a normal, Student's t₃ and a log-normal with σ = 1 (`make soak`, suite CoverageSoak;
/// docs/STATISTICS.md has all figures).
public struct MeasuredCoverage: Sendable, Equatable {
  /// Shapes of differences that were simulated.
  public enum Shape: String, Sendable, CaseIterable { case normal, t3, lognormal }

  /// Instances simulated.
  public static let sizes = [5, 8, 16, 30, 100, 300]
  /// What is close enough to 95 %.
  public static let bar = 0.93...0.97
  /// Sample skewness from which differences are held against the log-normal's row.
  public static let skewed = 1.0

  /// Coverage by kind and shape, a column a size.
  package static let table: [Bootstrap.Method: [Shape: [Double]]] = [
    .percentile: [
      .normal: [0.8415, 0.8955, 0.927, 0.9315, 0.951, 0.9495],
      .t3: [0.831, 0.885, 0.9115, 0.9205, 0.947, 0.939],
      .lognormal: [0.7015, 0.7835, 0.85, 0.8635, 0.9205, 0.929],
    ],
    .bca: [
      .normal: [0.846, 0.8955, 0.929, 0.9295, 0.9505, 0.9515],
      .t3: [0.8165, 0.858, 0.8735, 0.895, 0.9295, 0.9265],
      .lognormal: [0.7245, 0.8155, 0.872, 0.8845, 0.9245, 0.9365],
    ],
    .studentised: [
      .normal: [0.9465, 0.955, 0.958, 0.9415, 0.9555, 0.9515],
      .t3: [0.9515, 0.939, 0.9265, 0.9185, 0.9395, 0.9295],
      .lognormal: [0.8835, 0.9025, 0.9255, 0.918, 0.9385, 0.9435],
    ],
    .symmetric: [
      .normal: [0.975, 0.97, 0.96, 0.9465, 0.9565, 0.952],
      .t3: [0.982, 0.975, 0.967, 0.9615, 0.9645, 0.9485],
      .lognormal: [0.888, 0.888, 0.903, 0.9005, 0.935, 0.937],
    ],
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
    return
      "measured coverage at \(place): \(percent(normal)) on normal, \(percent(lognormal)) on log-normal differences"
      + (shape == .lognormal ? "; these are skewed" : "")
  }

  public var json: Value {
    [
      "n": Value(n), "normal": .number(normal), "t3": .number(t3), "lognormal": .number(lognormal),
      "like": .string(shape.rawValue),
    ]
  }
}
