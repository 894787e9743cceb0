import Files
import Foundation
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// One opening of a path, and what stands there by the descriptor.
@Suite struct OpenedFileTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test func onlyRegularFilesAreOpened() throws {
    mkfifo(scratch("pipe"), 0o600)
    symlink(scratch("pipe"), scratch("link-to-pipe"))
    symlink("b", scratch("a"))
    symlink("a", scratch("b"))
    try Disk.write("x", to: scratch("file"))
    let cases = [
      (scratch("none"), "no such file"), (scratch("file/below"), "no such file"), ("", "no such file"),
      (scratch.path, "this is a folder"), (scratch("pipe"), "not a regular file but a pipe"),
      (scratch("link-to-pipe"), "not a regular file but a pipe"),
      ("/dev/null", "not a regular file but a device"), (scratch("a"), "circle"),
    ]
    for (path, words) in cases { #expect(problem { try OpenedFile(path) }.what.contains(words), "\(path)") }
    symlink(scratch("file"), scratch("good"))
    #expect(try OpenedFile(scratch("good")).sha256() == Hashing.sha256("x"))
  }

  @Test func aPathThatMeansAnotherFileChangesNothing() throws {
    try Disk.write("granted", to: scratch("a"))
    let file = try OpenedFile(scratch("a"))
    try Disk.write("another", to: scratch("a"))
    #expect(try file.sha256() == Hashing.sha256("granted") && file.bytes(0..<file.count) == Array("granted".utf8))
  }

  @Test(arguments: ["longer than it was", "short", "granteD"]) func aFileThatIsWrittenToIsNoticed(_ text: String) throws
  {
    try Disk.write("granted", to: scratch("a"))
    // A time of change that a write in the same tick of the clock cannot repeat.
    utimes(scratch("a"), [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)])
    let file = try OpenedFile(scratch("a"))
    let handle = try #require(FileHandle(forWritingAtPath: scratch("a")))
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: Data(text.utf8))
    #expect(problem { try file.sha256() }.what.contains("while it was read"))
    #expect(throws: Problem.self) { try file.requireUnchanged() }
  }

  @Test func aByteOrderMarkIsNoText() throws {
    try Disk.write("\u{FEFF}name: x\r\n", to: scratch("a"))
    #expect(try Disk.readText(scratch("a")) == "name: x\r\n")
  }

  @Test(arguments: [
    ("a\nb", "control"), ("a\u{7F}", "control"), ("\u{202E}gpj.exe", "direction"), ("a\u{2066}b", "direction"),
    ("a\u{200F}", "direction"), ("a\u{200B}b", "invisible"), ("a\u{2028}b", "line's end"),
  ]) func namesThatHideAreFaulty(_ name: String, _ words: String) {
    #expect(VisibleName.fault(name)?.contains(words) == true)
  }

  @Test func namesOfAllScriptsArePlain() {
    for name in ["free-fall", "it's & co", "שלום", "מבחן 2", "فیلم‌ها", "日本語", "👩‍🚀", "é"] {
      #expect(VisibleName.fault(name) == nil)
    }
  }
}
