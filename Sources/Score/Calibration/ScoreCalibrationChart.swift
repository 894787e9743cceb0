import Charts
import Files
import Foundation
import Measures

/// A clip's calibration as small multiples: a panel a metric, a curve a kind of damage, from the sound clip on the left
/// to the strongest step.
package struct ScoreCalibrationChart {
  package let clip: String
  package let responses: [ScoreCalibration.Response]
  private static let columns = 3, panel = (width: 350.0, height: 214.0), top = 96.0

  package init(_ clip: String, _ responses: [ScoreCalibration.Response]) {
    self.clip = clip
    self.responses = responses.filter { $0.clip == clip && $0.isMeasured }
  }

  /// A drawing that stands alone; nil when nothing was measured.
  package func svg() -> Markup? {
    let metrics = responses.map(\.metric).distinct(), damages = responses.map(\.damage).distinct()
    guard !metrics.isEmpty else { return nil }
    let rows = (metrics.count + Self.columns - 1) / Self.columns
    let width = Int(Self.panel.width) * Self.columns + 20,
      height = Int(Self.top + Self.panel.height * Double(rows)) + 10
    let panels = metrics.enumerated().map { i, metric -> Markup in
      let x = 10 + Self.panel.width * Double(i % Self.columns),
        y = Self.top + Self.panel.height * Double(i / Self.columns)
      return
        "<g transform=\"translate(\(SVG.n(x)) \(SVG.n(y)))\">\(panel(responses.filter { $0.metric == metric }, damages))</g>"
    }
    let body: Markup =
      "<style>\(Self.css)</style><rect class=\"paper\" width=\"\(width)\" height=\"\(height)\"/>\(heading(damages))\(panels.joined())"
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\" aria-label=\"Calibration on \(clip)\">\(body)</svg>\n"
  }

  private func heading(_ damages: [String]) -> Markup {
    var body: Markup = "<text class=\"title\" x=\"20\" y=\"30\">Response to known damage: \(clip)</text>"
    body +=
      "<text class=\"axis\" x=\"20\" y=\"50\">Left to right: sound, then growing damage in the steps named here. Thick curves are damage that the metric claims to order. ↑ higher is better, ↓ lower is better.</text>"
    var x = 26.0
    for (k, damage) in damages.enumerated() {
      let steps = responses.first { $0.damage == damage }
      let label =
        damage
        + (steps.map {
          " " + $0.strengths.dropFirst().map(ChartScale.label).joined(separator: " ") + " " + $0.damageUnit
        } ?? "")
      // Two lines of legend hold seven kinds of damage.
      let y = 68.0 + (k >= (damages.count + 1) / 2 ? 18 : 0)
      if k == (damages.count + 1) / 2 { x = 26 }
      body +=
        SVG.mark(k, x, y, 4)
        + "<text class=\"axis\" x=\"\(SVG.n(x + 10))\" y=\"\(SVG.n(y + 4))\">\(label)</text>"
      x += 262
    }
    return body
  }

  private func panel(_ responses: [ScoreCalibration.Response], _ damages: [String]) -> Markup {
    guard let first = responses.first else { return "" }
    let left = 62.0, right = Self.panel.width - 18, top = 30.0, bottom = Self.panel.height - 22,
      steps = responses.map(\.values.count).max() ?? 1
    let y = ChartScale(linear: responses.flatMap { $0.values.compactMap { $0 } }, from: bottom, to: top, padding: 0.08)
    let x = ChartScale(linear: [0, Double(max(1, steps - 1))], from: left, to: right)
    var body: Markup =
      "<text class=\"name\" x=\"\(SVG.n(left))\" y=\"18\">\(first.metric) \(first.better == .higher ? "↑" : "↓") <tspan class=\"axis\">\(first.unit)</tspan></text>"
    for tick in y.ticks {
      guard let at = y(tick) else { continue }
      body +=
        "<path class=\"grid\" d=\"M\(SVG.n(left)) \(SVG.n(at))H\(SVG.n(right))\"/><text class=\"axis\" text-anchor=\"end\" x=\"\(SVG.n(left - 6))\" y=\"\(SVG.n(at + 4))\">\(ChartScale.label(tick))</text>"
    }
    // Claims last, so that they lie on top.
    for response in responses.sorted(by: { ($0.claim == .orders ? 1 : 0) < ($1.claim == .orders ? 1 : 0) }) {
      let kind = damages.firstIndex(of: response.damage) ?? 0
      let points = response.values.enumerated().compactMap { i, value in
        value.flatMap { y($0) }.flatMap { py in x(Double(i)).map { ($0, py) } }
      }
      let path = points.enumerated().map {
        "\($0.offset == 0 ? "M" : "L")\(SVG.n($0.element.0)) \(SVG.n($0.element.1))"
      }.joined()
      body +=
        "<path class=\"s\(kind % 8) \(response.claim == .orders ? "claimed" : "line")\" d=\"\(path)\"/>"
        + points.map { SVG.mark(kind, $0.0, $0.1, response.claim == .orders ? 3.6 : 2.4) }.joined()
    }
    return body
  }

  private static let css: Markup = """
    .paper{fill:#fbfaf7}.title{font:600 20px Georgia,serif;fill:#1d1c1a}.name{font:600 13px system-ui,sans-serif;fill:#1d1c1a}.axis{font:400 11.5px system-ui,sans-serif;fill:#6b6862}
    .grid{stroke:#e3dfd7}.line{fill:none;stroke:currentColor;stroke-width:1.1;opacity:.75}.claimed{fill:none;stroke:currentColor;stroke-width:2.6}.mark{fill:currentColor}
    .s0{color:#1f5fbf}.s1{color:#c05a12}.s2{color:#0f7f6b}.s3{color:#8c3aa8}.s4{color:#a8263f}.s5{color:#5f6f12}.s6{color:#1d1c1a}.s7{color:#7a4a2a}
    """
}
