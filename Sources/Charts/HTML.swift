/// The little HTML a report needs.
package enum HTML {
  package static func id(_ title: String) -> String {
    String(title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
  }

  /// A data table with a caption and named rows and columns. Where a window is too narrow its cells are stacked, each
  /// under its column's name; two columns stay side by side.
  /// - Parameter columns: headings; the first column names the rows.
  package static func table(
    _ caption: Markup, _ columns: [Markup], _ rows: [[Markup]], css: String = ""
  ) -> Markup {
    guard !rows.isEmpty else { return "" }
    let head = columns.map { "<th scope=\"col\">\($0)</th>" as Markup }.joined()
    let labels = columns.map { columns.count < 3 || $0.isEmpty ? "" : " data-label=\"\($0.words)\"" as Markup }
    let body = rows.map { row -> Markup in
      let cells = row.enumerated().map { i, cell -> Markup in
        i == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td\(labels[i])>\(cell)</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }.joined(separator: "\n")
    let classes = columns.count < 3 ? css + " pair" : css
    return
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"\(classes)\"><caption>\(caption)</caption><thead><tr>\(head)</tr></thead>\n<tbody>\(body)</tbody></table></div>"
  }

  package static func list(_ items: [Markup], css: String = "") -> Markup {
    guard !items.isEmpty else { return "" }
    return "<ul class=\"\(css)\">\(items.map { "<li>\($0)</li>" as Markup }.joined(separator: "\n"))</ul>"
  }

  /// A body folded away under its summary, where the browser's search still finds it; "" when there is none.
  package static func fold(_ summary: String, _ body: Markup) -> Markup {
    body.isEmpty ? "" : "<details><summary>\(summary)</summary>\(body)</details>"
  }

  /// A run's letter in its colour.
  package static func chip(_ label: String, _ kind: Int?) -> Markup {
    "<span class=\"chip \(kind == nil ? "plain" : ChartPalette.css(kind))\">\(label)</span>"
  }

  /// A long text shortened in the middle, whole on hover; paths stay recognisable by their end.
  package static func brief(_ text: String, _ most: Int = 44) -> Markup {
    guard text.count > most else { return Markup(text) }
    return
      "<span title=\"\(text)\">\(String(text.prefix(most / 4)))…\(String(text.suffix(most * 3 / 4 - 1)))</span>"
  }
}
