import Files
import Frames

/// A labelled picture of a scenario: one row an instance, with its cell, number and caption.
public struct WorldSheet: Sendable {
  public let scenario: Scenario
  public let cells: [Cell]
  /// Instances of each cell.
  public let perCell: Int
  public let setting: Setting
  /// Frames across; clips are sampled evenly.
  public var columns = 8
  public var zoom = 1
  /// Under each instance its impossible twins, labelled with the frame at which they part; instances that have none are
  /// left out.
  public var twins = false

  /// - Parameter cells: nil shows every cell of the scenario.
  public init(_ scenario: Scenario, cells: [Cell]? = nil, perCell: Int = 2, setting: Setting) {
    (self.scenario, self.cells, self.perCell, self.setting) = (scenario, cells ?? scenario.cells, perCell, setting)
  }

  /// - Throws: `Problem` when a cell has no instance at this setting, or the sheet would be too large.
  public func sheet() throws -> ContactSheet {
    let rows = try cells.flatMap { cell in
      try (0..<perCell).flatMap { index -> [ContactSheet.Row] in
        let instance = try Instance(scenario, cell, index: index, setting: setting)
        let own = ContactSheet.Row("\(cell) \(index): \(instance.caption)", instance.render())
        guard twins else { return [own] }
        let shown = instance.twins.filter(\.isShown).map {
          ContactSheet.Row("  impossible from frame \($0.firstFrame): \($0.name)", $0.render())
        }
        return shown.isEmpty ? [] : [own] + shown
      }
    }
    if rows.isEmpty {
      throw Problem.usage(
        "\(scenario) has no impossible twins",
        expected: "one of " + Scenario.withTwins.map(\.rawValue).joined(separator: ", "))
    }
    let title =
      "\(scenario), \(World.suite), \(setting.frames) frames of \(setting.width)x\(setting.height), \(World.timeStep) s apart"
    return ContactSheet(title: title, rows: rows, columns: columns, zoom: zoom)
  }
}
