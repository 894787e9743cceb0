/// The suites a model can be benched on, as experiments and commands name them. What a suite holds is `Suite`'s in
/// Bench.
public enum SuiteName: String, CaseIterable, Sendable {
  /// A first look at physics: in-distribution draws of a scenario.
  case physicsTiny = "physics-tiny"
  /// Every scenario, every cell, every metric.
  case wmEval = "wm-eval"

  public static var names: [String] { allCases.map(\.rawValue) }
}
