import Files
import Foundation

/// A folder of its own for one test, removed afterwards.
package final class Scratch: Sendable {
  package let path: String

  /// - Parameter memory: in memory where the system has such a place, for tests of thousands of files.
  package init(memory: Bool = false) throws {
    let base = memory && FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
    path = base + "orrery-test-\(UUID().uuidString)"
    try Disk.makeFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// What stands in it, hidden names too, sorted.
  package var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}
