import Charts
import Measures

/// Drawings that stand alone, with their own colours: a notebook has no style sheet of ours.
package enum NotebookChart {
  private static let style: Markup = """
    <style>text{font:12px sans-serif;fill:#333}.grid{stroke:#e5e1d8}.zero{stroke:#777;stroke-dasharray:3 3}.whisker{stroke:currentColor;stroke-width:1.6;fill:none}\
    .mark{fill:currentColor}.control{fill:#77736b}.controlled{color:#77736b}.s0{color:#1f5fbf}.s1{color:#c05a12}.s2{color:#0f7f6b}.s3{color:#8c3aa8}.s4{color:#a8263f}.s5{color:#5f6f12}.s6{color:#3c4fa3}.s7{color:#7a4a2a}</style>
    """

  private static func frame(_ width: Int, _ height: Int, _ body: Markup) -> Markup {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\"><rect width=\"\(width)\" height=\"\(height)\" fill=\"#fff\"/>\(style)\(body)</svg>"
  }

  /// Estimates with their intervals on one axis, a row each.
  static func forest(_ title: String, _ rows: [(name: String, kind: Int?, estimate: Estimate)]) -> Markup {
    let left = 230.0, right = 640.0, height = 56 + 24 * rows.count
    let scale = ChartScale(
      linear: rows.flatMap { [$0.estimate.value, $0.estimate.low ?? .nan, $0.estimate.high ?? .nan] }, from: left,
      to: right)
    var body: Markup = "<text x=\"10\" y=\"18\" style=\"font-weight:600\">\(title)</text>"
    for tick in scale.ticks {
      guard let x = scale(tick) else { continue }
      body +=
        "<path class=\"grid\" d=\"M\(SVG.n(x)) 28V\(height - 22)\"/><text x=\"\(SVG.n(x))\" y=\"\(height - 6)\" text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
    }
    for (i, row) in rows.enumerated() {
      let y = 42 + 24 * Double(i)
      body += "<text x=\"10\" y=\"\(SVG.n(y + 4))\">\(row.name)</text>"
      guard let x = scale(row.estimate.value) else {
        body += "<text x=\"\(SVG.n(left))\" y=\"\(SVG.n(y + 4))\">\(row.estimate.text)</text>"; continue
      }
      if let low = row.estimate.low.flatMap({ scale($0) }), let high = row.estimate.high.flatMap({ scale($0) }) {
        body +=
          "<path class=\"whisker \(row.kind.map { "s\($0 % 8)" } ?? "controlled")\" d=\"M\(SVG.n(low)) \(SVG.n(y))H\(SVG.n(high))\"/>"
      }
      body += SVG.mark(row.kind, x, y)
    }
    return frame(660, height, body)
  }

  /// One subject against another, a point an instance, with the line of equality.
  static func scatter(
    _ metric: String, _ x: (name: String, values: [Double]), _ y: (name: String, values: [Double])
  ) -> Markup {
    let all = x.values + y.values, across = ChartScale(linear: all, from: 60, to: 380),
      up = ChartScale(linear: all, from: 340, to: 20)
    var body: Markup = ""
    for tick in across.ticks {
      guard let px = across(tick), let py = up(tick) else { continue }
      body +=
        "<path class=\"grid\" d=\"M\(SVG.n(px)) 20V340M60 \(SVG.n(py))H380\"/><text x=\"\(SVG.n(px))\" y=\"356\" text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
      body += "<text x=\"54\" y=\"\(SVG.n(py + 4))\" text-anchor=\"end\">\(ChartScale.label(tick))</text>"
    }
    body += "<path class=\"zero\" d=\"M60 340L380 20\"/>"
    body += zip(x.values, y.values).compactMap { a, b in
      across(a).flatMap { px in
        up(b).map {
          "<circle class=\"mark s0\" cx=\"\(SVG.n(px))\" cy=\"\(SVG.n($0))\" r=\"3\" fill-opacity=\"0.6\"/>" as Markup
        }
      }
    }.joined()
    body += "<text x=\"220\" y=\"380\" text-anchor=\"middle\">\(metric) of \(x.name)</text>"
    body +=
      "<text transform=\"translate(14 180) rotate(-90)\" text-anchor=\"middle\">\(metric) of \(y.name)</text>"
    return frame(400, 390, body)
  }
}
