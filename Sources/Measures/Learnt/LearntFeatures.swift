import Frames

/// Networks that were trained to see, for metrics that ask them: whoever holds weights offers them with the evidence.
public protocol LearntFeatures: Sendable {
  /// SHA-256 of the weights; nil where they are not there.
  func weightsHash(_ trunk: PerceptualTrunk) -> String?

  /// The same of the network that says what a whole picture shows.
  var transformerHash: String? { get }

  /// A row of numbers a frame for what it shows, or why there are none.
  func appearance(_ clip: Frames) -> Result<[[Float]], LearntObstacle>

  /// The LPIPS of every frame of two clips of one size and length, or why there is none.
  func distances(_ trunk: PerceptualTrunk, _ clip: Frames, reference: Frames) -> Result<[Double], LearntObstacle>
}

/// What LPIPS compares the features of.
public enum PerceptualTrunk: String, Sendable, CaseIterable { case alexnet, vgg16 }

/// Why learnt features cannot be had, in words for a reader.
public struct LearntObstacle: Error, Sendable, Equatable {
  public let reason: String
  public init(_ reason: String) { self.reason = reason }

  /// There is no vision transformer.
  public static let noTransformer = LearntObstacle(
    "needs a vision transformer of your own: --features DIR with DIR/dinov2/model.safetensors (docs/METRICS.md)")

  /// The weights are not there. - Parameter recipe: a folder of `datasets/` that makes them.
  public static func missing(_ what: String, recipe: String) -> LearntObstacle {
    LearntObstacle("needs the weights of \(what): bash datasets/\(recipe)/make.sh, then --features datasets")
  }
}
