import Files
import Foundation
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What is no regular file is refused in words, and never waited for.
@Suite struct FileKindTests {
  @Test func pipesSocketsAndDevicesAreNamed() throws {
    let scratch = try Scratch(), pipe = scratch("pipe"), link = scratch("link")
    #expect(mkfifo(pipe, 0o644) == 0 && symlink(pipe, link) == 0)
    for (path, word) in [(pipe, "a pipe"), (link, "a pipe"), ("/dev/zero", "a device"), (scratch.path, "a folder")] {
      for read in [
        { _ = try Disk.read(path) }, { _ = try Disk.readText(path) }, { _ = try Disk.open(path) },
        { _ = try Safetensors(path: path) }, { _ = try Hashing.sha256(file: path) }, { try Disk.requireFile(path) },
      ] as [() throws -> Void] {
        #expect(problem(read).contains(word), "\(path)")
      }
    }
    #expect(!FileLock.isHeld(pipe))
    try Disk.write("text", to: scratch("file"))
    #expect(symlink(scratch("file"), scratch("other")) == 0)
    #expect(try Disk.readText(scratch("other")) == "text")
  }

  /// `<(…)` is the shell's own pipe: it is read, and has a limit.
  @Test func theCallersPipeIsRead() throws {
    func sent(_ text: String, largest: Int) throws -> String {
      var ends: [Int32] = [0, 0]
      #expect(Glibc.pipe(&ends) == 0)
      defer { close(ends[0]) }
      #expect(write(ends[1], text, text.utf8.count) == text.utf8.count)
      close(ends[1])
      return try Disk.readText("/dev/fd/\(ends[0])", largest: largest)
    }
    #expect(try sent("name: x", largest: 7) == "name: x")
    #expect(problem { _ = try sent("name: xy", largest: 7) }.contains("larger than a document"))
  }

  @Test func aDocumentHasALimit() throws {
    let scratch = try Scratch(), path = scratch("huge.json")
    try Disk.write("{", to: path)
    #expect(truncate(path, 1 << 42) == 0)
    #expect(problem { _ = try Disk.read(path) }.contains("at most"))
    #expect(problem { _ = try Disk.read(path, largest: 100) }.contains("at most 100 bytes"))
  }

  /// The same numbers under the same names, in one file or two, in any order, whatever the header says.
  @Test func tensorsAreKnownByTheirContent() throws {
    let scratch = try Scratch()
    func write(_ name: String, _ items: [(String, [Int], [Float])], note: String = "") throws -> Safetensors {
      func all(_ rest: ArraySlice<(String, [Int], [Float])>, _ done: [Safetensors.Item]) throws {
        guard let (key, shape, values) = rest.first else {
          try Safetensors.write(done, metadata: [("note", note)], to: scratch(name))
          return
        }
        try values.withUnsafeBufferPointer { try all(rest.dropFirst(), done + [.init(key, shape, $0)]) }
      }
      try all(items[...], [])
      return try Safetensors(path: scratch(name))
    }
    let a = ("a", [2, 1], [1, 2] as [Float]), b = ("b", [1], [3] as [Float])
    let one = try TensorsHash.sha256([write("one", [a, b])])
    #expect(try TensorsHash.sha256([write("turned", [b, a], note: "edited")]) == one)
    #expect(try TensorsHash.sha256([write("x", [b]), write("y", [a])]) == one)
    #expect(try TensorsHash.sha256([write("shape", [("a", [1, 2], a.2), b])]) != one)
    #expect(try TensorsHash.sha256([write("name", [("c", [2, 1], a.2), b])]) != one)
    #expect(try TensorsHash.sha256([write("value", [("a", [2, 1], [1, 2.5]), b])]) != one)
    #expect(
      problem { _ = try TensorsHash.sha256([try write("d", [a]), try write("e", [a])]) }.contains("more than one"))
  }
}
