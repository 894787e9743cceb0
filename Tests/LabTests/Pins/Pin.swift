import Files
import Foundation
import TestKit
import Testing

/// A text that must not change by a byte: `Tests/Fixtures/pins/<name>`.
///
/// Pinned numbers are those of the scalar kernels (`PinnedWorld.compute`): plain SSE2, which every x86-64 processor
/// answers alike. glibc's `exp log pow sin cos` have a variant with fused multiply-add that differs in last bits;
/// what is pinned here is the same with either (tested with `GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2`), so
/// it is pinned to the last digit. What is left is the C compiler, which may reassociate a kernel's sums
/// (`CKernels/elements.inc`): another version of it may move last digits of losses and scores and hashes of weights,
/// never a run's hash, a key or a schema.
enum Pin {
  /// Set to 1, every pin is written anew, and fails: what was written is to be read, committed, and tested without it.
  static let variable = "ORRERY_WRITE_PINS"
  static let repository = Repository.folder
  private static let folder = repository + "/Tests/Fixtures/pins/"

  /// - Parameter name: of the fixture, below `Tests/Fixtures/pins`.
  static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let path = folder + name, environment = ProcessInfo.processInfo.environment
    func fail(_ message: String) { Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation) }
    if environment[variable] == "1", environment["CI"] == nil {
      try Disk.write(text, to: path)
      return fail("\(name) was written anew: read its diff, commit it, and test again without \(variable)")
    }
    guard Disk.exists(path) else { return fail("there is no fixture \(name); \(variable)=1 writes it") }
    guard let difference = difference(pinned: try Disk.readText(path), now: text) else { return }
    fail(
      """
      Tests/Fixtures/pins/\(name), \(difference)
      If this is meant: \(variable)=1 swift test -c release --filter Pin (never with CI set) writes the fixtures anew;
      read their diff and commit it with the reason.
      """)
  }

  /// The first line that differs, around the first character that does; nil for equal texts.
  static func difference(pinned: String, now: String) -> String? {
    // As bytes: characters that look the same are not.
    guard !pinned.utf8.elementsEqual(now.utf8) else { return nil }
    let texts = [pinned, now].map { text in
      text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0) }
    }
    let same = zip(texts[0], texts[1]).enumerated().first { $1.0 != $1.1 }?.offset
    let line = same ?? min(texts[0].count, texts[1].count)
    let lines = texts.map { line < $0.count ? $0[line] : nil }
    let pairs = zip(lines[0] ?? [], lines[1] ?? []).enumerated()
    let column = pairs.first { $1.0 != $1.1 }?.offset ?? min(lines[0]?.count ?? 0, lines[1]?.count ?? 0)
    func around(_ line: [Unicode.Scalar]?) -> String {
      guard let line else { return "(the text has ended)" }
      let from = max(0, column - 80), to = min(line.count, column + 80)
      let text = String(String.UnicodeScalarView(line[min(from, to)..<to]))
      return (from > 0 ? "…" : "") + text + (to < line.count ? "…" : "")
    }
    return "line \(line + 1), column \(column + 1):\n  pinned: \(around(lines[0]))\n  now:    \(around(lines[1]))"
  }
}
