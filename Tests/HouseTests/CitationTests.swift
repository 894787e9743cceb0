import Foundation
import Testing

/// A citation names a document in this repository and a heading that exists, so that whoever follows it arrives.
@Suite struct CitationTests {
  private static let documents: [String: [Substring]] = {
    let folder = House.root + "/docs"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let pages = names.filter { $0.hasSuffix(".md") }.map { ("docs/" + $0, folder + "/" + $0) }
    let others = ["README.md", "experiments/README.md", "notebooks-export/README.md"].map {
      ($0, House.root + "/" + $0)
    }
    return Dictionary(
      uniqueKeysWithValues: (pages + others).map { name, path in
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return (name, text.split(separator: "\n").filter { $0.hasPrefix("#") })
      })
  }()

  private func texts() throws -> [(path: String, text: String)] {
    let code = try House.sources("Sources", [".swift", ".c", ".h", ".inc"]) + House.sources("Tests")
    let pages = try House.sources("docs", [".md"])
    let own = (#filePath as NSString).lastPathComponent
    return (code + pages).filter { !$0.path.hasSuffix(own) }.map { ($0.path, $0.lines.joined(separator: "\n")) }
  }

  @Test func documentsThatAreNamedExist() throws {
    #expect(Self.documents.count > 15)
    let pattern = try NSRegularExpression(pattern: "docs/[A-Za-z/-]+\\.md")
    var found = 0
    for (path, text) in try texts() {
      for match in pattern.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        let name = String(text[Range(match.range, in: text)!])
        found += 1
        #expect(Self.documents[name] != nil, "\(path) cites \(name), which is not there")
      }
    }
    #expect(found > 20)
  }

  /// "DESIGN §2": a page of docs by its capitals, and a numbered heading of it.
  @Test func sectionsThatAreNumberedExist() throws {
    let pattern = try NSRegularExpression(pattern: "\\b([A-Z]{4,}(?:-[A-Z]+)?)(?:\\.md)?[ \\n/]+§ ?([0-9]+)")
    for (path, text) in try texts() {
      for match in pattern.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        let page = String(text[Range(match.range(at: 1), in: text)!])
        let number = String(text[Range(match.range(at: 2), in: text)!])
        // Standards are cited by their own names.
        if ["CAWG", "JUMBF", "FIPS", "COSE", "SPDX"].contains(page) { continue }
        let headings = Self.documents["docs/\(page).md"]
        #expect(
          headings?.contains { $0.hasPrefix("## \(number). ") } ?? false,
          "\(path) cites \(page) §\(number), which is not there")
      }
    }
  }

  /// `docs/BENCH.md, "Controls"`: a page and a heading that begins so.
  @Test func headingsThatAreQuotedExist() throws {
    let pattern = try NSRegularExpression(pattern: "(docs/[A-Za-z/-]+\\.md), \"([^\"]+)\"")
    var found = 0
    for (path, text) in try texts() {
      // A citation may run over the end of a comment's line.
      let flat = text.replacingOccurrences(of: "\\n *///? ?", with: " ", options: .regularExpression)
      for match in pattern.matches(in: flat, range: NSRange(flat.startIndex..., in: flat)) {
        let page = String(flat[Range(match.range(at: 1), in: flat)!])
        let heading = String(flat[Range(match.range(at: 2), in: flat)!])
        found += 1
        let there = Self.documents[page]?.contains { line in
          line.drop { $0 == "#" || $0 == " " }.hasPrefix(heading)
        }
        #expect(there ?? false, "\(path) cites \(page), \"\(heading)\", which is not there")
      }
    }
    #expect(found > 5)
  }
}
