import Files
import Foundation

/// Where the program lies that is started as a child: this one, when it is orrery.
package enum SandboxProgram {
  /// Names the program where it is not this one.
  package static let variable = "ORRERY_PROGRAM"
  /// The hidden first word that makes the program a child.
  package static let word = "__reader"

  /// A bundle of tests is not orrery; every other program that asks is, whatever it was renamed to.
  /// - Throws: `SandboxFailure.noChild`.
  static func find() throws -> String {
    if let given = ProcessInfo.processInfo.environment[variable], !given.isEmpty {
      guard FileManager.default.isExecutableFile(atPath: given) else {
        throw SandboxFailure.noChild("\(variable) names '\(given)', which is no program")
      }
      return given
    }
    // Where the program was built anew while this one runs, the link still leads to this one.
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      path = link.map { $0.hasSuffix(" (deleted)") ? String($0.dropLast(10)) : $0 } ?? ""
    guard path.hasSuffix(".xctest") else { return "/proc/self/exe" }
    let beside = (path as NSString).deletingLastPathComponent + "/orrery"
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    throw SandboxFailure.noChild("this process is '\(path)', and no program orrery lies beside it")
  }

  /// What the child needs to know of this process's environment: where libraries lie. No secrets.
  static var environment: [String] {
    let kept = ProcessInfo.processInfo.environment.filter {
      $0.key == "LD_LIBRARY_PATH" || $0.key.hasPrefix("HDF5_") || $0.key.hasPrefix("LC_") || $0.key == "LANG"
    }
    return kept.map { "\($0.key)=\($0.value)" }.sorted() + [
      "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "SWIFT_BACKTRACE=enable=no",
      // A decoder's threads would each be given 64 MB of address space, which is limited.
      "MALLOC_ARENA_MAX=1",
    ]
  }
}
