/// The little HTML a report needs; everything that comes from outside goes through `escape`.
package enum HTML {
  package static func escape(_ text: String) -> String {
    var out = ""
    for c in text.unicodeScalars {
      switch c {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(c)
      }
    }
    return out
  }

  package static func id(_ title: String) -> String {
    String(title.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
  }

  /// A data table with a caption and named rows and columns. Cells are HTML already.
  /// - Parameter columns: headings; the first column names the rows.
  package static func table(_ caption: String, _ columns: [String], _ rows: [[String]], css: String = "") -> String {
    guard !rows.isEmpty else { return "" }
    let head = columns.map { "<th scope=\"col\">\($0)</th>" }.joined()
    let body = rows.map { row in
      "<tr>" + row.enumerated().map { $0 == 0 ? "<th scope=\"row\">\($1)</th>" : "<td>\($1)</td>" }.joined() + "</tr>"
    }.joined(separator: "\n")
    return
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"\(css)\"><caption>\(caption)</caption><thead><tr>\(head)</tr></thead>\n<tbody>\(body)</tbody></table></div>"
  }

  package static func list(_ items: [String], css: String = "") -> String {
    items.isEmpty ? "" : "<ul class=\"\(css)\">" + items.map { "<li>\($0)</li>" }.joined(separator: "\n") + "</ul>"
  }

  /// A body folded away under its summary, where the browser's search still finds it; "" when there is none.
  package static func fold(_ summary: String, _ body: String) -> String {
    body.isEmpty ? "" : "<details><summary>\(escape(summary))</summary>\(body)</details>"
  }

  /// A run's letter in its colour.
  package static func chip(_ label: String, _ kind: Int?) -> String {
    "<span class=\"chip \(kind.map { "s\($0 % 8)" } ?? "plain")\">\(escape(label))</span>"
  }

  /// A long text shortened in the middle, whole on hover; paths stay recognisable by their end.
  package static func brief(_ text: String, _ most: Int = 44) -> String {
    guard text.count > most else { return escape(text) }
    return
      "<span title=\"\(escape(text))\">\(escape(String(text.prefix(most / 4))))…\(escape(String(text.suffix(most * 3 / 4 - 1))))</span>"
  }
}
