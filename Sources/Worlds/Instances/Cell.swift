/// A cell of the suite: which ranges an instance is drawn from.
public enum Cell: Sendable, Hashable, LosslessStringConvertible {
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

  /// The cell of that written name; nil for a name no cell has. A file that names a cell says by it whether it lies in
  /// distribution, so whoever reads one asks here.
  public init?(_ description: String) {
    switch description {
    case Self.train.description: self = .train
    case Self.validation.description: self = .validation
    case Self.joint.description: self = .joint
    default:
      guard description.hasPrefix("ood-") else { return nil }
      let name = description.dropFirst("ood-".count), parts = name.split(separator: "-")
      guard !parts.isEmpty else { return nil }
      // "r-lo" is a side of a parameter; a variant's name ends otherwise.
      let side = parts.count > 1 ? Side(rawValue: String(parts[parts.count - 1])) : nil
      self =
        side.map { .outside(parameter: String(name.dropLast($0.rawValue.count + 1)), $0) } ?? .variant(String(name))
    }
  }

  public var isInDistribution: Bool { self == .train || self == .validation }
}
