/// A cell of the suite: which ranges an instance is drawn from.
public enum Cell: Sendable, Hashable, CustomStringConvertible {
  public enum Side: String, Sendable, CaseIterable { case low = "lo", high = "hi" }

  case train
  /// In distribution, fresh draws.
  case validation
  /// One parameter out of distribution, the others in it.
  case outside(parameter: String, Side)
  /// Every parameter that has an outside range, outside at once.
  case joint
  /// A structural change, such as two crossing balls.
  case variant(String)

  /// "train", "id-val", "ood-r-lo", "ood-joint", "ood-crossing".
  public var description: String {
    switch self {
    case .train: "train"
    case .validation: "id-val"
    case .outside(let parameter, let side): "ood-\(parameter)-\(side.rawValue)"
    case .joint: "ood-joint"
    case .variant(let name): "ood-\(name)"
    }
  }

  public var isInDistribution: Bool { self == .train || self == .validation }
}
