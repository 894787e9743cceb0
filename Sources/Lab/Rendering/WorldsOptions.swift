import Files
import Worlds

/// What a caller of `worlds render` chooses; it says which set of clips that is.
public struct WorldsOptions: Sendable {
  /// Names of scenarios, or empty with `set`.
  public var scenarios: [String] = []
  /// A re-created public set instead of scenarios.
  public var set: String?
  public var count = 400
  public var size = 64
  /// Nil takes `size`.
  public var height: Int?, width: Int?
  /// Nil takes 16 for scenarios, and what was published for a set.
  public var frames: Int?
  /// Levels of value noise behind the scene; nil keeps flat grey.
  public var texture: Double?
  public var validation = 0.1
  public var first = 0
  /// Of a phyworld set.
  public var level: String?
  /// The file of digits, and how many a clip shows.
  public var digits: String?, perClip: Int?
  public var balls: Int?

  public init() {}

  public static let sets =
    PhyWorld.Kind.allCases.map { "phyworld-" + $0.rawValue } + ["moving-mnist", "bouncing-balls"]

  /// - Throws: `Problem` (usage) when words are missing, unknown, or belong to another set.
  public func clips() throws -> (set: any ClipSet, ownership: WorldsRender.Ownership) {
    guard (0...1_000_000_000).contains(first) else {
      throw Problem.usage("the first instance is \(first)", at: "--first", expected: "0 to 1,000,000,000")
    }
    guard let set else {
      guard !scenarios.isEmpty else {
        throw Problem.usage(
          "nothing says what to render", expected: "--scenario or --set",
          fix: "orrery worlds render --scenario free-fall --out worlds.h5")
      }
      try refuse(level != nil, "--level", "phyworld-…")
      try refuse(digits != nil || perClip != nil, "--digits", "moving-mnist")
      try refuse(balls != nil, "--balls", "bouncing-balls")
      return (
        try WorldDataset(
          scenarios: scenarios.map { try Scenario.named($0) }, count: count, validationShare: validation,
          setting: setting(), first: first), .ownWork
      )
    }
    guard scenarios.isEmpty else {
      throw Problem.usage("--scenario and --set cannot both be rendered into one file", fix: "render two files")
    }
    guard Self.sets.contains(set) else {
      throw Problem.usage(
        "there is no set '\(set)'" + Nearest.hint(set, Self.sets), at: "--set",
        expected: Self.sets.joined(separator: ", "))
    }
    try refuse(texture != nil, "--texture", nil)
    try refuse(height != nil || width != nil, "--height and --width", nil)
    return try named(set)
  }

  private func named(_ set: String) throws -> (set: any ClipSet, ownership: WorldsRender.Ownership) {
    try refuse(balls != nil && set != "bouncing-balls", "--balls", "bouncing-balls")
    try refuse((digits != nil || perClip != nil) && set != "moving-mnist", "--digits", "moving-mnist")
    try refuse(frames != nil && set != "bouncing-balls", "--frames", "bouncing-balls")
    if let kind = PhyWorld.Kind(rawValue: String(set.dropFirst("phyworld-".count))), set.hasPrefix("phyworld-") {
      return (
        try PhyWorldSet(kind, level: level ?? "id", count: count, validationShare: validation, first: first), .ownWork
      )
    }
    try refuse(level != nil, "--level", "phyworld-…")
    if set == "bouncing-balls" {
      return (
        try BouncingBalls(
          balls: balls ?? 3, size: size, frames: frames ?? 128, count: count, validationShare: validation, first: first),
        .ownWork
      )
    }
    guard let digits else {
      throw Problem.usage(
        "Moving MNIST moves digits, and there are none", at: "--set moving-mnist",
        expected: "--digits FILE, IDX pictures such as train-images-idx3-ubyte")
    }
    return (
      try MovingMNIST(
        digits: DigitImages(path: digits), perClip: perClip ?? 2, count: count, validationShare: validation,
        first: first), .unspoken
    )
  }

  /// Size, length and backdrop of scenes.
  public func setting() throws -> Setting {
    if let texture, !(texture >= 0 && texture <= 100) {
      throw Problem.usage("a texture of ±\(texture) levels", at: "--texture", expected: "0 to 100")
    }
    return try Setting(
      height: height ?? size, width: width ?? size, frames: frames ?? 16,
      backdrop: texture.map { .noise(amplitude: $0) } ?? .flat(230))
  }

  private func refuse(_ isGiven: Bool, _ option: String, _ owner: String?) throws {
    guard isGiven else { return }
    throw Problem.usage(
      "\(option) has no meaning here", at: option,
      expected: owner.map { "it with --set \($0)" } ?? "it with --scenario; a published set has its own",
      fix: "leave it out")
  }
}
