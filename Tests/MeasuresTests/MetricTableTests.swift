import Files
import Measures
import Testing

@Suite struct MetricTableTests {
  @Test func rowsAlignAndNotesFollow() {
    var table = MetricTable(title: "physics-tiny, id-val", columns: ["physics_tol5", "validity"])
    table.add(
      "model",
      [
        Estimate(of: [30, 40, 35], protocol: .init("physics_tol5"), unit: "points"),
        Estimate(0.9, protocol: .init("validity"), unit: "share", note: "one clip"),
      ])
    table.add("frozen", isControl: true, [Estimate(5.7, n: 100, protocol: .init("physics_tol5"), unit: "points")])
    table.add("frozen", isControl: true, [Estimate(0, n: 100, protocol: .init("luma_flicker_d2"), unit: "levels")])
    let lines = table.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 5 && lines[4] == "note: validity: one clip")
    #expect(Set(lines[1...3].map(\.count)).count == 1)
    #expect(lines[3].hasPrefix("frozen (control)") && lines[3].contains("5.7") && lines[3].contains("–"))
    #expect(
      table["model", "physics_tol5"]?.value == 35 && table["frozen", "validity"] == nil
        && table["frozen", "luma_flicker_d2"]?.value == 0)
    let row = table.json["rows"]?[1]
    #expect(
      row?["control"]?.bool == true && row?["metrics"]?["physics_tol5"]?["value"]?.double == 5.7
        && row?["metrics"]?["validity"] == nil)
  }
}
