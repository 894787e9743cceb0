import Files
import LearnedMeasures
import Media
import Models
import Runs

/// What a caller of `bench` chooses.
public struct BenchOptions: Sendable {
  /// nil: that of what the model was trained on, scenes of ours or footage.
  public var suite: String?
  /// Scenarios and cells by name; empty takes the suite's.
  public var scenarios: [String], cells: [String]
  /// Instances a scenario and cell; nil takes the suite's.
  public var count: Int?
  /// The suite's quick tier.
  public var isQuick: Bool
  public var weights: WeightsChoice
  /// Sampling steps; nil takes the model's own.
  public var steps: Int?
  public var seed: Int
  /// Samples an instance.
  public var samples: Int
  /// Goes on where nothing says that the model was trained on any of our scenes.
  public var takesUnseenScenes: Bool
  /// A file of footage to bench on; nil takes the run's own validation split.
  public var footage: String?
  /// Asks of clips, too, that the model was trained on.
  public var takesSeenClips = false
  /// As many instances as can be sampled in so many hours.
  public var hours: Double?
  /// Most bytes of what is kept beside the runs; 0 keeps nothing.
  public var cacheBytes = 20 << 30
  /// Where networks' weights lie, of footage; nil asks none.
  public var features: FeaturesFolder?
  /// Measures LPIPS on VGG16 too.
  public var asksVGG = false
  /// Of videos that were made elsewhere: the run whose windows they answer.
  public var like: String?
  /// Frames of a video that are looked at, and those of them that were given; nil: all of the first one, and one.
  public var frames: Int?, given: Int?
  /// Under which terms footage is asked for where no run says it.
  public var loose = LooseFootage()
  /// On decoding videos.
  public var limits = DecodeLimits.usual
  /// Folder of the result; nil is `bench/` in the run's folder.
  public var out: String?
  /// Where the autoencoder lies now, of a model that works in its latents.
  public var autoencoder: String?
  /// Put into the weights before they are measured.
  public var adapters: [AdapterChoice] = []

  public init(
    suite: String? = nil, scenarios: [String] = [], cells: [String] = [], count: Int? = nil,
    isQuick: Bool = false, weights: WeightsChoice = .ema, steps: Int? = nil, seed: Int = 0, samples: Int = 1,
    takesUnseenScenes: Bool = false, out: String? = nil
  ) {
    self.suite = suite
    self.scenarios = scenarios
    self.cells = cells
    self.count = count
    self.isQuick = isQuick
    self.weights = weights
    self.steps = steps
    self.seed = seed
    self.samples = samples
    self.takesUnseenScenes = takesUnseenScenes
    self.out = out
  }

  /// Networks that are asked.
  var networks: Set<FeaturesFolder.Network> { asksVGG ? [.alexnet, .i3d, .vit, .vgg16] : [.alexnet, .i3d, .vit] }

  /// Everything that changes what is measured is as the suite says.
  var isPlain: Bool {
    scenarios.isEmpty && cells.isEmpty && count == nil && !isQuick && weights == .ema && steps == nil && seed == 0
      && samples == 1 && adapters.isEmpty && footage == nil && hours == nil && !asksVGG
  }

  /// What a result's file is told apart by, beside the rest.
  var otherWords: String {
    adapters.map { " \($0.path):\($0.strength)" }.joined() + (hours.map { " \($0) h" } ?? "")
      + (asksVGG ? " vgg" : "")
  }

  /// - Throws: `Problem` (usage) for a number out of range.
  func check() throws {
    guard seed >= 0 else { throw Problem.usage("the seed is \(seed)", at: "--seed", expected: "0 or more") }
    guard (1...64).contains(samples) else {
      throw Problem.usage(
        "\(samples) samples an instance", at: "--samples",
        expected: "1 to 64; 4 or more for a claim about a stochastic model")
    }
    guard count.map({ (1...1_000_000).contains($0) }) ?? true else {
      throw Problem.usage("\(count ?? 0) instances", at: "--count", expected: "1 to 1,000,000")
    }
    guard frames.map({ (2...100_000).contains($0) }) ?? true else {
      throw Problem.usage("\(frames ?? 0) frames", at: "--frames", expected: "2 to 100,000")
    }
    guard hours.map({ $0 > 0 && $0 <= 10_000 }) ?? true, hours == nil || count == nil else {
      throw Problem.usage(
        "--hours says how many instances", at: "--hours", expected: "more than 0 and at most 10,000, without --count")
    }
    guard steps.map({ (1...10_000).contains($0) }) ?? true else {
      throw Problem.usage("\(steps ?? 0) sampling steps", at: "--steps", expected: "1 to 10,000")
    }
  }
}
