import Files
import Measures
import Runs
import Worlds

/// A bench's instances: which scenarios, which cells, how many, and which metrics were declared primary before anybody
/// looked. Fixed by the suite's version, so that two models bench on the same scenes.
///
/// A model is benched at its own size and length. What cannot be drawn so is in `omitted`, with the reason.
public struct Suite: Sendable {
  /// A suite as it is declared.
  public struct Declaration: Sendable {
    /// "wm-eval".
    public let name: String
    public let version: Int
    /// Instances a scenario and cell; in the quick tier.
    public let count: Int, quick: Int
    /// Every scenario, and every cell but the training one; otherwise in-distribution draws of the scenarios asked for.
    public let isWhole: Bool
    /// Metrics that verdicts are drawn from and adjusted over.
    package let primaries: [BenchJudge.Metric]
    /// Measured beside family C.
    public let clipMetrics: [any ClipMetric.Type]
    /// Metrics that verdicts are drawn from and adjusted over: family C's own, then the suite's.
  }

  /// What takes a moment: no dense flow, no registration. A first look at physics needs no more.
  private static let quickMetrics: [any ClipMetric.Type] = [
    LumaFlickerD2.self, ChromaFlickerD2.self, MidframeResidualLinear.self, PSNR.self, SSIM.self,
  ]

  public static func declaration(_ name: SuiteName) -> Declaration {
    let physics = [PhysicsMetrics.tol5, PhysicsMetrics.validity].map { BenchJudge.Metric($0) }
    return switch name {
    case .physicsTiny:
      Declaration(
        name: name.rawValue, version: 1, count: 96, quick: 16, isWhole: false, primaries: physics,
        clipMetrics: quickMetrics)
    case .wmEval:
      // The primaries of families A, B and C. No total is made of them.
      Declaration(
        name: name.rawValue, version: 1, count: 100, quick: 16, isWhole: true,
        primaries: physics
          + [
            .init(WarpErrorExcess.self), .init(AppearanceConsistency.self), .init(BackgroundDriftSSIM.self),
            .init(LumaFlickerD2.self), .init(FlickerHighFrequencyRMS.self),
          ], clipMetrics: ClipMetrics.all)
    }
  }

  /// "physics-tiny/1".
  public let name: String
  package let primaries: [BenchJudge.Metric]
  public let clipMetrics: [any ClipMetric.Type]
  /// Scenarios with their cells, in order.
  public let strata: [(scenario: Scenario, cell: Cell)]
  /// What a whole suite has and this size or length cannot show, in sentences.
  public let omitted: [String]
  /// Instances a stratum.
  public let count: Int
  public let setting: Setting
  private let drawn: [Instance]

  /// - Parameters:
  ///   - scenarios: those asked for; a whole suite takes all when empty.
  ///   - cells: names of cells, or ["all"]; the suite's own when empty.
  ///   - count: instances a stratum; the suite's own when nil.
  /// - Throws: `Problem` (usage) for an unknown suite, scenario or cell, and when what was asked for by name does not
  ///   fit the model's frames.
  public init(
    named name: String, scenarios: [Scenario], cells: [String], count: Int?, quick: Bool = false, frames: Int,
    height: Int, width: Int
  ) throws {
    guard let known = SuiteName(rawValue: name) else {
      throw Problem.usage(
        "there is no suite '\(name)'" + Nearest.hint(name, FootageSuite.names),
        expected: FootageSuite.names.joined(separator: ", "))
    }
    let suite = Self.declaration(known)
    let count = count ?? (quick ? suite.quick : suite.count),
      setting = try Setting(height: height, width: width, frames: frames)
    guard (1...100_000).contains(count) else { throw Problem.usage("\(count) instances", expected: "1 to 100,000") }
    let whole = scenarios.isEmpty && suite.isWhole ? Scenario.allCases : scenarios
    let all = cells == ["all"] || (cells.isEmpty && suite.isWhole),
      named = all || cells.isEmpty ? [Cell.validation.description] : cells
    var drawn: [Instance] = [], strata: [(Scenario, Cell)] = [], omitted: [String] = []
    for scenario in whole {
      for cell in all ? scenario.cells.filter({ $0 != .train }) : try named.map({ try scenario.cell(named: $0) }) {
        do {
          drawn += try (0..<count).map { try Instance(scenario, cell, index: $0, setting: setting) }
          strata.append((scenario, cell))
        } catch let problem as Problem where all || scenarios.isEmpty {
          omitted.append("\(scenario)/\(cell) is left out: \(problem.what)")
        }
      }
    }
    guard !drawn.isEmpty else {
      throw Problem.usage(
        "no scenario of \(name) fits \(frames) frames of \(width)×\(height)", expected: "longer or larger clips",
        fix: omitted.first)
    }
    let short = strata.map(\.0).distinct().filter { $0.suiteFrames > frames }
    if !short.isEmpty {
      omitted.append(
        "the clips have \(frames) frames; the suite's own length is "
          + short.map { "\($0.suiteFrames) for \($0)" }.joined(separator: ", "))
    }
    clipMetrics = suite.clipMetrics
    (self.name, primaries, self.strata, self.omitted, self.count, self.setting, self.drawn) = (
      "\(name)/\(suite.version)", suite.primaries, strata, omitted, count, setting, drawn
    )
  }

  /// Every instance, in order.
  public func instances() -> [Instance] { drawn }
}
