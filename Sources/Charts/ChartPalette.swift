/// The colours of runs, by their place. Drawings on white use these as they are; a page names them `--c0` to `--c7`, and
/// its style sheet has others for the dark.
package enum ChartPalette {
  /// Blue, orange, green, violet, red, olive, indigo, brown: apart for most eyes, and dark enough on white.
  package static let light = [
    "#1f5fbf", "#c05a12", "#0f7f6b", "#8c3aa8", "#a8263f", "#5f6f12", "#3c4fa3", "#7a4a2a",
  ]

  /// The class of a run's place; a control, which has none, is grey.
  package static func css(_ kind: Int?) -> String { kind.map { "s\($0 % light.count)" } ?? "controlled" }

  /// The colours as a page's variables.
  package static var variables: Markup {
    ":root{\(light.enumerated().map { "--c\($0):\($1);" as Markup }.joined())}\n"
  }

  /// The classes of a drawing that stands alone.
  static var classes: Markup { light.enumerated().map { ".s\($0){color:\($1)}" as Markup }.joined() }
}
