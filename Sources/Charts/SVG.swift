import Files

/// The little SVG a chart needs. Inline SVG in HTML takes its colours from the page's style, so one drawing serves
/// light and dark.
package enum SVG {
  /// A coordinate with at most one decimal.
  package static func n(_ x: Double) -> String {
    let s = Text.fixed(x, 1)
    return s.hasSuffix(".0") ? String(s.dropLast(2)) : s
  }

  /// A mark told apart by shape as well as colour; `kind` is the run's place, nil for a control.
  package static func mark(_ kind: Int?, _ x: Double, _ y: Double, _ r: Double = 5) -> Markup {
    guard let kind else { return "<circle class=\"control\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(r * 0.8))\"/>" }
    let style: Markup = "class=\"mark s\(kind % 8)\""
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

  package static func frame(_ width: Int, _ height: Int, label: String, _ body: Markup, css: String = "") -> Markup {
    "<svg class=\"\(css)\" viewBox=\"0 0 \(width) \(height)\" width=\"\(width)\" height=\"\(height)\" role=\"img\" aria-label=\"\(label)\">\(body)</svg>"
  }
}
