import Files
import Foundation
import Testing

/// A small file system in memory (tmpfs), unmounted afterwards. Only root may make one.
package final class Mount {
  package let path: String

  /// - Parameters:
  ///   - path: the folder it covers, made when missing.
  ///   - options: as `mount -o` takes them: "size=64k,ro".
  package init(_ path: String, _ options: String) throws {
    self.path = path
    try Disk.makeFolder(path)
    guard Self.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path) else {
      throw Problem("no tmpfs could be mounted", at: path)
    }
  }

  deinit { _ = Self.run("umount", "-l", path) }

  package func callAsFunction(_ name: String) -> String { path + "/" + name }

  package var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  /// Whether this process may mount one.
  package static let works: Bool = {
    guard let scratch = try? Scratch() else { return false }
    return run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", scratch.path) && run("umount", scratch.path)
  }()

  private static func run(_ arguments: String...) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

extension Trait where Self == ConditionTrait {
  /// For tests that mount a file system; skipped, and shown as skipped, where that is not allowed.
  package static var mounting: Self { .enabled(if: Mount.works, "mounting a tmpfs takes root") }
}
