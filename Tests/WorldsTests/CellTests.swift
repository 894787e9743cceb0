import Testing
import Worlds

@Suite struct CellTests {
  /// Every cell's name is its own and says all of it.
  @Test func aNameSaysTheCell() {
    for scenario in Scenario.allCases {
      for cell in scenario.cells {
        #expect(Cell(cell.description) == cell, "\(scenario)/\(cell)")
        // What files of before were read by.
        #expect(cell.isInDistribution == !cell.description.hasPrefix("ood"), "\(scenario)/\(cell)")
      }
    }
    #expect(Cell("ood-r-lo") == .outside(parameter: "r", .low) && Cell("ood-joint") == .joint)
    #expect(Cell("ood-crossing") == .variant("crossing") && Cell("ood-four-balls") == .variant("four-balls"))
  }

  @Test func whatNamesNoCellIsNone() {
    for name in ["", "id", "ood", "ood-", "ID-VAL", "held-out clips"] { #expect(Cell(name) == nil, "\(name)") }
  }
}
