import Charts
import Foundation
import Testing

/// What every chart is drawn through.
@Suite struct PlotTests {
  private func plot(x: Plot.Axis, y: Plot.Axis, width: Double = 120) throws -> Plot {
    try #require(
      Plot(width: width, height: 120, margins: .init(left: 10, right: 10, top: 10, bottom: 10), x: x, y: y))
  }

  @Test func anAxisWithoutAPlaceDrawsNothing() {
    let margins = Plot.Margins(left: 0, right: 0, top: 0, bottom: 0)
    #expect(Plot(width: 9, height: 9, margins: margins, x: .rows(1), y: .logarithmic([0, -1])) == nil)
    #expect(Plot(width: 9, height: 9, margins: margins, x: .linear([.nan]), y: .rows(1)) == nil)
  }

  /// Rows go down; the first stands above the second.
  @Test func rowsBeginAtTheTop() throws {
    let plot = try plot(x: .linear([0, 1]), y: .rows(2))
    #expect(plot.y(0) == 35 && plot.y(1) == 85)
  }

  @Test func aLineBreaksWhereAPointHasNoPlaceAndStaysInTheFrame() throws {
    var plot = try plot(x: .linear([0, 4], padding: 0), y: .linear([0, 1], padding: 0))
    plot.line([(0, 0), (1, 1), (2, .nan), (3, 9), (4, -9)], kind: 8)
    #expect(plot.body.text == "<path class=\"line s0\" d=\"M10 110L35 10M85 6L110 110\"/>")
  }

  /// Where numbers would touch, every second or third stands; every tick stays.
  @Test(arguments: [60.0, 90, 120, 400]) func numbersDoNotTouch(_ width: Double) throws {
    var plot = try plot(x: .linear([0, 9000], padding: 0, ticks: 9), y: .rows(1), width: width)
    plot.axisX()
    let places = plot.body.text.matches(of: /<text class="axis" x="([0-9.]+)"[^>]*>([^<]*)</).map {
      (at: Double($0.output.1) ?? .nan, count: $0.output.2.count)
    }
    #expect(!places.isEmpty && plot.body.text.components(separatedBy: "v5").count - 1 == plot.x.ticks.count)
    for (a, b) in zip(places, places.dropFirst()) {
      #expect(b.at - a.at >= 3.3 * Double(a.count + b.count), "at \(a.at) and \(b.at)")
    }
    #expect(width < 400 || places.count == plot.x.ticks.count)
  }

  @Test func wordsInADrawingAreEscaped() throws {
    var plot = try plot(x: .linear([0, 1]), y: .rows(1))
    plot.heading("<a>", "&")
    plot.rowName("<b>", row: 0)
    plot.axisX(title: "<c>")
    #expect(!plot.svg(label: "\"<d>", css: "curves").text.contains(/<[abcd]>|"</))
  }

  @Test func thePaletteIsEightColoursAndControlsAreGrey() {
    #expect(Set(ChartPalette.light).count == 8 && ChartPalette.css(9) == "s1" && ChartPalette.css(nil) == "controlled")
    #expect(ChartPalette.variables.text.hasPrefix(":root{--c0:#1f5fbf;"))
  }
}
