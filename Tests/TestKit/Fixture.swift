import Files
import Foundation

/// What other implementations computed, frozen in Tests/Fixtures by the scripts of Tests/Interop.
package enum Fixture {
  package static let folder = Repository.path("Tests/Fixtures")

  package static func path(_ name: String) -> String { folder + "/" + name }

  package static func json(_ name: String) throws -> Value {
    try JSON.parse([UInt8](Disk.read(path(name))), at: path(name))
  }

  /// Transformers with a training step that diffusers computed: names of folders, sorted.
  package static var transformers: [String] {
    get throws {
      func those(in place: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place).filter { $0.hasPrefix("wan-") }.sorted()
      }
      return try those(in: folder) + those(in: folder + "/family").map { "family/" + $0 }
    }
  }
}

extension Value {
  /// The list under `key`, which must have items.
  package func items(_ key: String) throws -> [Value] {
    guard let items = self[key]?.array, !items.isEmpty else {
      throw Problem("there is no list '\(key)', or nothing in it")
    }
    return items
  }

  /// This list, which must hold numbers and nothing else.
  package func numbers() throws -> [Double] {
    guard let items = array else { throw Problem("this is no list of numbers: \(JSON.line(self))") }
    return try items.map { item in
      guard let number = item.double else { throw Problem("a list of numbers holds \(JSON.line(item))") }
      return number
    }
  }

  /// The numbers of the list under `key`, which must have some.
  package func numbers(_ key: String) throws -> [Double] { try Value.array(items(key)).numbers() }
}
