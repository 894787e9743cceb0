import Files
import Foundation

/// A page in one file: style, scripts, drawings, pictures and films inside it. Its own policy forbids every request but
/// that for a large film beside it, so it opens from a disk, a mail or an archive and shows the same.
package struct ReportPage {
  var eyebrow: String
  package var title: String
  /// HTML below the title.
  package var lead: String
  package var sections: [(title: String, body: String)] = []
  var footer: String = ""
  /// Whether it plays films from files of the same disk, which its policy then allows.
  private(set) var playsFiles = false

  /// The last words: what it was made from, and what it needs to be shown.
  package mutating func end(_ source: String, _ media: ReportMedia) {
    playsFiles = !media.played.isEmpty
    footer =
      "Written by \(Build.version) \(source). The page holds everything it shows\(playsFiles ? " but the films played from their files" : "") and asks no network for anything."
  }

  /// Adds a section unless it is empty.
  package mutating func add(_ title: String, _ body: String) { if !body.isEmpty { sections.append((title, body)) } }

  package var html: String {
    let policy =
      "default-src 'none'; img-src data:; media-src data:\(playsFiles ? " 'self' file:" : ""); style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    let body = sections.map { section in
      let id = HTML.id(section.title)
      return
        "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(HTML.escape(section.title))</h2>\n\(section.body)\n</section>"
    }.joined(separator: "\n")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(HTML.escape(title))</title>
      <style>\(ReportStyle.css)
      \(ReportPlayer.css)</style>
      </head>
      <body>
      <header><p class="eyebrow">\(HTML.escape(eyebrow))</p>
      <h1>\(HTML.escape(title))</h1>
      \(lead)</header>
      <main>
      \(body)
      </main>
      <footer><p>\(footer)</p></footer>
      <script>\(ReportStyle.script)
      \(ReportPlayer.script)</script>
      </body>
      </html>

      """
  }
}

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
  static func chip(_ label: String, _ kind: Int?) -> String {
    "<span class=\"chip \(kind.map { "s\($0 % 8)" } ?? "plain")\">\(escape(label))</span>"
  }

  /// A long text shortened in the middle, whole on hover; paths stay recognisable by their end.
  package static func brief(_ text: String, _ most: Int = 44) -> String {
    guard text.count > most else { return escape(text) }
    return
      "<span title=\"\(escape(text))\">\(escape(String(text.prefix(most / 4))))…\(escape(String(text.suffix(most * 3 / 4 - 1))))</span>"
  }
}
