/// Units that a program knows something about: the scale a number cannot leave, and whether the word says anything
/// beside a number. Metrics and files carry the word alone (the raw value); of any other nothing is known.
public enum MetricUnit: String, Sendable, CaseIterable {
  case points = "points of 100"
  case share
  case shareOfTruePath = "share of the true path"
  case shareOfDiagonal = "share of √2·H"
  case shareOfMean = "share of the mean"
  case meanSquaredVelocityError = "mean squared error of velocity"

  /// The range of the unit; nil where it has none.
  public var scale: ClosedRange<Double>? {
    switch self {
    case .points: 0...100
    case .share: 0...1
    // "Of" something is a ratio, which may be more than the whole.
    case .shareOfTruePath, .shareOfDiagonal, .shareOfMean, .meanSquaredVelocityError: nil
    }
  }

  /// Whether a sentence says it after the number: "by 4.2 points of 100", but "by 0.2" of a share.
  public var isSaid: Bool {
    switch self {
    case .points: true
    case .share, .shareOfTruePath, .shareOfDiagonal, .shareOfMean, .meanSquaredVelocityError: false
    }
  }
}
