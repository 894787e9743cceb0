import Charts
import Credentials
import Files
import Foundation
import Runs

/// Puts pictures and films into a page as data, up to a budget; past it they stay files: films are played from where
/// they lie, pictures linked.
package final class ReportMedia {
  /// Bytes of film, and of pictures, that the page may hold.
  private let filmBudget: Int, pictureBudget = 24_000_000

  /// The page's own folder: links are relative to it.
  package let folder: String
  private var film = 0, pictures = 0
  /// Links to the films that are played from their files.
  private(set) var played: [String] = []

  package init(page path: String, filmBudget: Int = 20_000_000) {
    self.filmBudget = filmBudget
    folder = (Disk.absolute(path) as NSString).deletingLastPathComponent
  }

  /// An `<img>`; a link when the picture is too much for the page; nil when it cannot be read.
  package func picture(_ path: String, alt: String) -> String? {
    guard let data = try? Disk.read(path) else { return nil }
    guard pictures + data.count <= pictureBudget else { return link(path, (path as NSString).lastPathComponent) }
    pictures += data.count
    return "<img src=\"data:image/png;base64,\(data.base64EncodedString())\" alt=\"\(HTML.escape(alt))\">"
  }

  /// A `<video>`, played with its neighbours: of data, or of the file itself when it is too much for the page; nil when
  /// it cannot be read.
  package func film(_ path: String, label: String) -> String? {
    guard let data = try? Disk.read(path) else { return nil }
    // No video leaves without credentials; one from before there were any stays a file.
    guard let report = try? CredentialReport.read(path, trust: .none), report.state != .invalid else {
      return link(
        path,
        "\((path as NSString).lastPathComponent) (not embedded: its content credentials are missing or do not hold; 'orrery bench' writes it again)"
      )
    }
    let isEmbedded = film + data.count <= filmBudget
    if isEmbedded {
      film += data.count
    } else {
      played.append(link(path, "\((path as NSString).lastPathComponent) (\(Text.bytes(data.count)))"))
    }
    let source = isEmbedded ? "data:video/mp4;base64,\(data.base64EncodedString())" : HTML.escape(relative(path))
    return
      "<video muted playsinline controls preload=\"auto\" aria-label=\"\(HTML.escape(label))\" src=\"\(source)\"></video>"
  }

  /// A link to a file on the same disk; plain text when the file is missing.
  package func link(_ path: String, _ text: String) -> String {
    guard Disk.exists(path) else { return "<span class=\"quiet\">\(HTML.escape(text)) (missing)</span>" }
    return "<a href=\"\(HTML.escape(relative(path)))\">\(HTML.escape(text))</a>"
  }

  /// The way from the page's folder to `path`, percent-encoded.
  package func relative(_ path: String) -> String {
    let from = folder.split(separator: "/").map(String.init)
    let to = Disk.absolute(path).split(separator: "/").map(String.init)
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: from.count - shared) + to[shared...]
    return (steps.isEmpty ? ["."] : steps).map {
      $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "-._~"))) ?? $0
    }.joined(separator: "/")
  }
}
