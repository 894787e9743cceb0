import Charts

/// How every page looks and what moves in it: the files beside this one, built into the program, so that it stays one
/// file that can be copied. Nothing in them comes from a run, so they stand as they are.
enum PageAssets {
  static var css: Markup {
    ChartPalette.variables + text(PackageResources.report_css) + text(PackageResources.player_css)
  }

  /// A slider through training's sample grids, the player, and sheets that enlarge. Without scripts all of it can still be seen.
  static var script: Markup {
    text(PackageResources.report_js) + text(PackageResources.player_js) + text(PackageResources.sheets_js)
  }

  private static func text(_ bytes: [UInt8]) -> Markup {
    Markup(trusted: String(decoding: bytes, as: UTF8.self))
  }
}
