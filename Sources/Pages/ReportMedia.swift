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
  private(set) var played: [Markup] = []

  package init(page path: String, filmBudget: Int = 20_000_000) {
    self.filmBudget = filmBudget
    folder = (Disk.absolute(path) as NSString).deletingLastPathComponent
  }

  /// An `<img>`; a link when the picture is too much for the page; nil when it cannot be read.
  package func picture(_ path: String, alt: String) -> Markup? {
    guard let data = try? Disk.read(path), data.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return nil }
    guard pictures + data.count <= pictureBudget else { return link(path, (path as NSString).lastPathComponent) }
    pictures += data.count
    return "<img src=\"data:image/png;base64,\(Markup(trusted: data.base64EncodedString()))\" alt=\"\(alt)\">"
  }

  /// How a film stands in the page.
  package enum Film {
    /// A `<video>` of data, and one of the file itself, which is too much for the page.
    case embedded(Markup), played(Markup)
    /// A film that may not be shown, and why.
    case link(Markup)
  }

  /// A film, played with its neighbours; nil when it cannot be read.
  package func film(_ path: String, label: String) -> Film? {
    guard let data = try? Disk.read(path) else { return nil }
    // No video leaves without credentials; one from before there were any stays a file.
    guard let report = try? CredentialReport.read(path, trust: .none), report.state != .invalid else {
      return .link(
        link(
          path,
          "\((path as NSString).lastPathComponent) (not embedded: its content credentials are missing or do not hold; 'orrery bench' writes it again)"
        ))
    }
    func video(_ source: Markup) -> Markup {
      "<video muted playsinline controls preload=\"auto\" aria-label=\"\(label)\" src=\"\(source)\"></video>"
    }
    if film + data.count <= filmBudget {
      film += data.count
      return .embedded(video("data:video/mp4;base64,\(Markup(trusted: data.base64EncodedString()))"))
    }
    played.append(link(path, "\((path as NSString).lastPathComponent) (\(Text.bytes(data.count)))"))
    return .played(video(Markup(plain: relative(path))))
  }

  /// A link to a file on the same disk; plain text when the file is missing.
  package func link(_ path: String, _ text: String) -> Markup {
    guard Disk.exists(path) else { return "<span class=\"quiet\">\(text) (missing)</span>" }
    return "<a href=\"\(relative(path))\">\(text)</a>"
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
