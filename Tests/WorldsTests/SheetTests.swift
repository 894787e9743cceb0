import Files
import Frames
import Testing
import Worlds

@Suite struct SheetTests {
  @Test func everyCellHasItsRows() throws {
    let sheet = try WorldSheet(.freeFall, perCell: 2, setting: Setting(size: 32, frames: 32)).sheet()
    #expect(sheet.rows.count == 2 * Scenario.freeFall.cells.count)
    #expect(sheet.rows[2].label.hasPrefix("id-val 0: a ") && sheet.title.contains("free-fall"))
    #expect(try sheet.draw().width > 8 * 32)
    #expect(throws: Problem.self) { try WorldSheet(.occlusion, setting: Setting(size: 32, frames: 16)).sheet() }
  }
}
