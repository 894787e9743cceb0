import Foundation
import Testing

/// Arrows between rooms are held, not drawn: a target imports what it declares, declares what it imports, and
/// docs/DESIGN.md says the same. (The build's own `--explicit-target-dependency-import-check` looks at all that is
/// reachable, so it lets an undeclared import pass whenever somebody else's declaration brings the module along.)
@Suite struct ArrowTests {
  @Test func aTargetImportsWhatItDeclares() throws {
    let targets = try House.targets()
    #expect(targets.count > 30)
    let ours = Set(targets.map(\.name))
    for target in targets where !target.isSystemLibrary {
      let sources = try House.sources(target.folder)
      let imports = sources.reduce(into: Set<String>()) { $0.formUnion($1.imports) }
      let used = imports.intersection(ours), declared = target.targets.intersection(ours)
      for name in used.subtracting(declared) {
        let files = sources.filter { $0.imports.contains(name) }.map(\.path)
        Issue.record("\(target.name) imports \(name) and does not declare it: \(files.joined(separator: ", "))")
      }
      for name in declared.subtracting(used) where !sources.isEmpty {
        Issue.record("\(target.name) declares \(name) and imports it nowhere")
      }
      // Products of other packages: a product and its module bear one name in every package used here.
      let foreign = target.products.union(target.targets.subtracting(ours))
      for name in foreign.subtracting(imports) {
        Issue.record("\(target.name) declares \(name) and imports it nowhere")
      }
      let packages: Set<String> = ["ArgumentParser", "Crypto", "_CryptoExtras", "X509", "SwiftASN1", "Yams"]
      for name in imports.intersection(packages).subtracting(foreign) {
        Issue.record("\(target.name) imports \(name) and does not declare it")
      }
    }
  }

  /// The table of DESIGN §2: `| room | holds | imports |`, a row a target.
  @Test func theDesignDrawsTheSameArrows() throws {
    let text = try String(contentsOfFile: House.root + "/docs/DESIGN.md", encoding: .utf8)
    let section = try #require(text.range(of: "## 2. Rooms and arrows")).upperBound
    let end = text.range(of: "\n## 3.", range: section..<text.endIndex)?.lowerBound ?? text.endIndex
    var drawn: [String: Set<String>] = [:]
    for line in text[section..<end].split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      func names(_ cell: String) -> [String] {
        cell.split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.flatMap {
          $0.element.split(separator: " ").map(String.init)
        }
      }
      for room in names(cells[1].trimmingCharacters(in: CharacterSet(charactersIn: "`"))) {
        drawn[room] = Set(names(cells[3].trimmingCharacters(in: CharacterSet(charactersIn: "`"))).filter { $0 != "–" })
      }
    }
    let targets = try House.targets().filter { $0.folder.hasPrefix("Sources/") }
    let ours = Set(targets.map(\.name))
    for target in targets {
      let row = drawn.removeValue(forKey: target.name)
      #expect(row == target.targets.intersection(ours), "DESIGN §2 draws \(target.name) otherwise than Package.swift")
    }
    #expect(drawn.isEmpty, "DESIGN §2 draws rooms that are not there: \(drawn.keys.sorted())")
  }
}
