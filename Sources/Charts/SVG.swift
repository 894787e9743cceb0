import Files

/// The little SVG a chart needs. Inline SVG in HTML takes its colours from the page's style, so one drawing serves
/// light and dark.
package enum SVG {
  /// A coordinate with at most one decimal.
  package static func n(_ x: Double) -> String {
    let s = Text.fixed(x, 1)
    return s.hasSuffix(".0") ? String(s.dropLast(2)) : s
  }

  package static func text(
    _ css: String, _ words: String, _ x: Double, _ y: Double, anchor: String = "start"
  ) -> Markup {
    "<text class=\"\(css)\" x=\"\(n(x))\" y=\"\(n(y))\" text-anchor=\"\(anchor)\">\(Markup(plain: words))</text>"
  }

  /// A mark told apart by shape as well as colour; `kind` is the run's place, nil for a control.
  package static func mark(
    _ kind: Int?, _ x: Double, _ y: Double, _ r: Double = 5, isFaint: Bool = false
  ) -> Markup {
    guard let kind else { return "<circle class=\"control\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(r * 0.8))\"/>" }
    let style: Markup = "class=\"mark \(ChartPalette.css(kind))\"\(isFaint ? " fill-opacity=\"0.6\"" : "" as Markup)"
    switch kind % 4 {
    case 0: return "<circle \(style) cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(r))\"/>"
    case 1:
      return
        "<rect \(style) x=\"\(n(x - r * 0.9))\" y=\"\(n(y - r * 0.9))\" width=\"\(n(r * 1.8))\" height=\"\(n(r * 1.8))\"/>"
    case 2:
      return
        "<path \(style) d=\"M\(n(x)) \(n(y - r * 1.25))L\(n(x + r * 1.25)) \(n(y))L\(n(x)) \(n(y + r * 1.25))L\(n(x - r * 1.25)) \(n(y))Z\"/>"
    default:
      return
        "<path \(style) d=\"M\(n(x)) \(n(y - r * 1.2))L\(n(x + r * 1.15)) \(n(y + r * 0.9))L\(n(x - r * 1.15)) \(n(y + r * 0.9))Z\"/>"
    }
  }

  /// A drawing that stands alone, on white and with its own style: a file, or a cell of a notebook.
  package static func alone(_ width: Double, _ height: Double, label: String, _ body: Markup) -> Markup {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(n(width)) \(n(height))\" width=\"\(n(width))\" height=\"\(n(height))\" role=\"img\" aria-label=\"\(label)\"><style>\(style)</style><rect class=\"paper\" width=\"\(n(width))\" height=\"\(n(height))\"/>\(body)</svg>\n"
  }

  private static var style: Markup {
    let rules: [Markup] = [
      ".paper{fill:#fff}", "text{font:12px system-ui,sans-serif;fill:#333}",
      ".axis{font-size:11.5px;font-weight:400;fill:#6b6862}",
      ".name{font-weight:600;font-size:13px}", ".title{font:600 20px Georgia,serif}", ".grid{stroke:#e5e1d8}",
      ".tick{stroke:#77736b;fill:none}", ".zero{stroke:#77736b;stroke-dasharray:3 3}",
      ".whisker{stroke:currentColor;stroke-width:1.6;fill:none}",
      ".line,.claimed{stroke:currentColor;stroke-width:2;fill:none;stroke-linejoin:round}",
      ".claimed{stroke-width:2.6}", ".plain{stroke:currentColor;stroke-width:1.1;fill:none;opacity:.75}",
      ".mark{fill:currentColor}", ".control{fill:#77736b}", ".controlled{color:#77736b}",
    ]
    return rules.joined() + ChartPalette.classes
  }
}
