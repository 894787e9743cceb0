import Foundation

/// The checkout these tests were built from: its folders, its sources, its package description.
enum House {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  struct Source {
    /// Relative to the root.
    let path: String
    let lines: [Substring]

    /// Modules named by its import lines.
    var imports: Set<String> {
      Set(
        lines.compactMap { line in
          let words = line.split(separator: " ")
          guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
            words[..<at].allSatisfy({ $0.hasPrefix("@") || $0 == "public" || $0 == "package" || $0 == "internal" })
          else { return nil }
          return words[at + 1].split(separator: ".").first.map(String.init)
        })
    }
  }

  /// Every file below `folder` whose name ends in one of `suffixes`.
  static func sources(_ folder: String, _ suffixes: [String] = [".swift"]) throws -> [Source] {
    let below = FileManager.default.enumerator(atPath: root + "/" + folder)?.compactMap { $0 as? String } ?? []
    return try below.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted().map { name in
      let text = try String(contentsOfFile: "\(root)/\(folder)/\(name)", encoding: .utf8)
      return Source(path: "\(folder)/\(name)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }
  }

  struct Target {
    let name: String, folder: String
    /// Targets of this package it declares.
    let targets: Set<String>
    /// Products of other packages it declares.
    let products: Set<String>
    let isSystemLibrary: Bool
  }

  /// The targets as the package manager reads them.
  static func targets() throws -> [Target] {
    // A build folder of its own: the one these tests run from is locked by whoever runs them.
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("house-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let swift = Process(), output = Pipe()
    swift.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    swift.arguments = ["swift", "package", "--package-path", root, "--scratch-path", scratch.path, "dump-package"]
    (swift.standardOutput, swift.standardError) = (output, FileHandle.nullDevice)
    try swift.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    swift.waitUntilExit()
    let package = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    return (package?["targets"] as? [[String: Any]] ?? []).compactMap { target in
      guard let name = target["name"] as? String, let type = target["type"] as? String else { return nil }
      let dependencies = target["dependencies"] as? [[String: [Any]]] ?? []
      let folder = target["path"] as? String ?? (type == "test" ? "Tests/" : "Sources/") + name
      func named(_ kinds: [String]) -> Set<String> {
        Set(dependencies.flatMap { item in kinds.compactMap { item[$0]?.first as? String } })
      }
      return Target(
        name: name, folder: folder, targets: named(["byName", "target"]), products: named(["product"]),
        isSystemLibrary: type == "system")
    }
  }
}
