import Files

/// Instance `index` of a cell of a scenario, re-created from (suite version, scenario, cell, index) and the setting
/// alone.
public struct Instance: Sendable {
  public let scenario: Scenario
  public let cell: Cell
  public let index: Int
  public let setting: Setting
  /// The scene itself.
  public let law: any Law
  /// What was drawn.
  public let draw: Draw
  /// Draws refused before this one; the share of refusals says how biased a tight cell is.
  public let refusals: Int

  private static let patience = 20_000

  /// - Throws: `Problem` (usage) when the cell does not exist or no draw of it can be scored at this setting.
  public init(_ scenario: Scenario, _ cell: Cell, index: Int, setting: Setting) throws {
    guard scenario.cells.contains(cell) else {
      _ = try scenario.cell(named: cell.description); throw Problem("no cell \(cell)")
    }
    for attempt in 0..<Self.patience {
      let draw = scenario.draw(cell, index: index, attempt: attempt)
      let law = scenario.law.init(draw, setting: setting)
      guard Acceptance.holds(law, setting) else { continue }
      (self.scenario, self.cell, self.index, self.setting) = (scenario, cell, index, setting)
      (self.law, self.draw, refusals) = (law, draw, attempt)
      return
    }
    throw Problem.usage(
      "no draw in \(Self.patience) can be scored with \(setting.frames) frames of \(setting.width)×\(setting.height)",
      at: "\(scenario)/\(cell)",
      fix:
        "use longer clips or wider frames; the suite's length for \(scenario) is \(scenario.suiteFrames) frames, its frames are square"
    )
  }

  /// "free-fall/train/000123".
  public var id: String { "\(scenario)/\(cell)/\(sixDigits(index))" }

  public var caption: String { law.caption }
  public var events: [Event] { law.events }

  /// Exact states, `[T][objects]`.
  public func truth() -> [[ObjectState]] { (0..<setting.frames).map { law.truth(at: setting.time($0), setting) } }

  /// States under a simulator whose initial velocities and constants are wrong by `scale`, `[T][objects]`; 1 is the
  /// truth.
  public func perturbedStates(scale: Double) -> [[ObjectState]] {
    let wrong = law.scaled(by: scale)
    return (0..<setting.frames).map { wrong.truth(at: setting.time($0), setting) }
  }

  /// The scenes that begin like this one and cannot go on as they do. Empty for scenarios without any.
  public var twins: [Twin] { law.impossible.map { Twin(instance: self, impossible: $0) } }

  /// The colours of the objects, in their order.
  public var colours: [SIMD3<UInt8>] { law.bodies(at: 0).filter(\.isObject).map(\.colour) }
}
