import Foundation

/// Places in this repository, wherever the tests are run from.
package enum Repository {
  package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "../.."
  ).standardizedFileURL.path

  package static func path(_ name: String) -> String { folder + "/" + name }
}
