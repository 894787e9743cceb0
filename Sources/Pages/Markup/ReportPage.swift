import Charts
import Files
import Foundation

/// A page in one file: style, scripts, drawings, pictures and films inside it. Its own policy forbids every request but
/// that for a large film beside it, so it opens from a disk, a mail or an archive and shows the same.
package struct ReportPage {
  var eyebrow: String
  package var title: String
  /// Below the title.
  package var lead: Markup
  package var sections: [(title: String, body: Markup)] = []
  var footer: Markup = ""
  /// Whether it plays films from files of the same disk, which its policy then allows.
  private(set) var playsFiles = false

  /// The last words: what it was made from, and what it needs to be shown.
  package mutating func end(_ source: Markup, _ media: ReportMedia) {
    playsFiles = !media.played.isEmpty
    footer =
      "Written by \(Build.version) \(source). The page holds everything it shows\(playsFiles ? " but the films played from their files" : "") and asks no network for anything."
  }

  /// Adds a section unless it is empty.
  package mutating func add(_ title: String, _ body: Markup) { if !body.isEmpty { sections.append((title, body)) } }

  /// The whole page, as a file holds it.
  package var html: String {
    let policy: Markup =
      "default-src 'none'; img-src data:; media-src data:\(playsFiles ? " 'self' file:" : "" as Markup); style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    let body = sections.map { section -> Markup in
      let id = HTML.id(section.title)
      return
        "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(section.title)</h2>\n\(section.body)\n</section>"
    }.joined(separator: "\n")
    let page: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(Markup(plain: title))</title>
      <style>\(PageAssets.css)</style>
      </head>
      <body>
      <header><p class="eyebrow">\(eyebrow)</p>
      <h1>\(title)</h1>
      \(lead)</header>
      <main>
      \(body)
      </main>
      <footer><p>\(footer)</p></footer>
      <script>\(PageAssets.script)</script>
      </body>
      </html>

      """
    return page.text
  }
}
