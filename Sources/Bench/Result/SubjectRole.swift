/// Whose clips a row of a bench is about: what a program asks of a subject, where tables show its name.
public enum SubjectRole: Sendable, Hashable {
  /// The model that was benched; the mean over its samples where there are several.
  case model
  /// The best of so many samples, each metric its own: no estimate of what one sample does.
  case best(of: Int)
  case control(BenchControl)
  /// A run of a comparison, by its label.
  case run(String)
  /// A control of another version of this program.
  case otherControl(String)

  /// What files and tables call it: "model", "model, best of 4", "ground-truth", "A".
  public var name: String {
    switch self {
    case .model: "model"
    case .best(let samples): Self.bestOf + String(samples)
    case .control(let control): control.rawValue
    case .run(let label), .otherControl(let label): label
    }
  }

  /// Whether no model made it.
  public var isControl: Bool {
    switch self {
    case .model, .best, .run: false
    case .control, .otherControl: true
    }
  }

  /// Whether no model is expected to beat it.
  package var isTruth: Bool {
    switch self {
    case .control(let control): control.isTruth
    case .model, .best, .run, .otherControl: false
    }
  }

  private static let bestOf = "model, best of "

  /// The subject a file names. - Parameter isControl: what the file says of it.
  package init(_ name: String, isControl: Bool) {
    self =
      if isControl {
        BenchControl(rawValue: name).map { .control($0) } ?? .otherControl(name)
      } else { Self.models(name) ?? .run(name) }
  }

  /// The subject that a file of one bench names, which has no runs: whatever is not the model's is a control.
  package init(ofBench name: String) { self = Self.models(name) ?? Self(name, isControl: true) }

  /// The model's own rows.
  private static func models(_ name: String) -> SubjectRole? {
    if name == SubjectRole.model.name { return .model }
    guard name.hasPrefix(bestOf), let samples = Int(name.dropFirst(bestOf.count)) else { return nil }
    let best = SubjectRole.best(of: samples)
    return best.name == name ? best : nil
  }
}
