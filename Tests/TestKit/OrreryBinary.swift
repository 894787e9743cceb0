import Foundation
import Testing

/// The command-line program, built beside the tests.
package func orreryBinary() throws -> String {
  let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
  let here = [folder + "/orrery", FileManager.default.currentDirectoryPath + "/.build/release/orrery"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  return try #require(here, "the orrery program is not built beside the tests")
}
