import Files
import Media
import Measures
import Worlds

/// A bench's instances: which scenarios, which cells, how many. Fixed by the suite's version, so that two models bench on the
/// same scenes.
public struct Suite: Sendable {
  /// "physics-tiny/1".
  public let name: String
  public let scenarios: [Scenario]
  public let cells: [String]
  /// Instances a cell.
  public let count: Int
  public let setting: Setting

  public static let names = ["physics-tiny"]

  /// - Parameters:
  ///   - cells: names of cells, or ["all"]; in-distribution draws when empty.
  ///   - count: instances a scenario and cell; 96 when nil.
  /// - Throws: `Problem` (usage) for an unknown suite, scenario or cell, and when a scenario does not fit in the model's frames.
  public init(named name: String, scenarios: [Scenario], cells: [String], count: Int?, frames: Int, height: Int, width: Int) throws {
    guard Self.names.contains(name) else {
      throw Problem.usage("there is no suite '\(name)'" + Nearest.hint(name, Self.names), expected: Self.names.joined(separator: ", "))
    }
    guard (1...100_000).contains(count ?? 96) else { throw Problem.usage("\(count ?? 0) instances", expected: "1 to 100,000") }
    (self.name, self.scenarios, self.count) = (name + "/1", scenarios, count ?? 96)
    self.cells = cells.isEmpty ? [Cell.validation.description] : cells
    setting = try Setting(height: height, width: width, frames: frames)
  }

  /// Every instance, in order. A named cell that a scenario lacks is an error; with "all" each scenario brings its own.
  public func instances() throws -> [Instance] {
    try scenarios.flatMap { scenario -> [Instance] in
      let cells = self.cells == ["all"] ? scenario.cells.filter { $0 != .train } : try self.cells.map { try scenario.cell(named: $0) }
      return try cells.flatMap { cell in try (0..<count).map { try Instance(scenario, cell, index: $0, setting: setting) } }
    }
  }
}
