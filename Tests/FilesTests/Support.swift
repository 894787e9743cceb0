import Files
import Foundation
import Testing

/// A folder of its own for one test, removed afterwards.
final class Scratch {
  let path: String
  /// - Parameter memory: in memory where the system has such a place, for tests of thousands of files.
  init(memory: Bool = false) throws {
    let base = memory && FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
    path = base + "orrery-files-\(UUID().uuidString)"
    try Disk.makeFolder(path)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func callAsFunction(_ name: String) -> String { path + "/" + name }
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// The problem `body` ends in; a test fails when it ends in none, or in another kind of error.
func problem(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> Problem {
  do { try body() } catch let it as Problem { return it } catch {
    Issue.record("\(error) is no Problem", sourceLocation: location)
    return Problem("")
  }
  Issue.record("nothing was refused", sourceLocation: location)
  return Problem("")
}

/// A seeded source of choices (SplitMix64, Steele et al. 2014).
struct Choices: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
  mutating func below(_ n: Int) -> Int { Int.random(in: 0..<n, using: &self) }
}
