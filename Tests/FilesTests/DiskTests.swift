import Files
import Foundation
import TestKit
import Testing

@Suite struct DiskTests {
  /// Whatever the writer throws, the old file stands and nothing is left beside it.
  @Test func aFailureLeavesTheOldFileAlone() throws {
    let scratch = try Scratch()
    struct Stop: Error {}
    for old in [false, true] {
      if old { try Disk.write("old", to: scratch("a")) }
      #expect(throws: Stop.self) {
        try Disk.replace(scratch("a")) { aside in
          try Data("half".utf8).write(to: URL(fileURLWithPath: aside))
          throw Stop()
        }
      }
      #expect(try scratch.names == (old ? ["a"] : []))
    }
    #expect(try Disk.readText(scratch("a")) == "old")
    #expect(throws: Problem.self) { try Disk.replace(scratch("b")) { _ in } }
    #expect(try scratch.names == ["a"])
  }

  /// The new file is whole before it has its name; readers see the old one until then.
  @Test func theNameAppearsLast() throws {
    let scratch = try Scratch()
    try Disk.write("old", to: scratch("deep/er/a"))
    let result = try Disk.replace(scratch("deep/er/a")) { aside in
      try Disk.write("new", to: aside)
      #expect(try Disk.readText(scratch("deep/er/a")) == "old")
      #expect(
        (aside as NSString).deletingLastPathComponent == scratch("deep/er")
          && (aside as NSString).lastPathComponent.hasPrefix("."))
      return 7
    }
    #expect(result == 7)
    #expect(try Disk.readText(scratch("deep/er/a")) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch("deep/er")) == ["a"])
  }

  @Test func emptyAndLargeFilesRoundTrip() throws {
    let scratch = try Scratch()
    for count in [0, 1, 3_000_001] {
      let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      try Disk.write(data, to: scratch("a"))
      #expect(try Disk.read(scratch("a")) == data)
    }
  }

  @Test func aFolderInPlaceIsRefused() throws {
    let scratch = try Scratch()
    try Disk.makeFolder(scratch("a"))
    #expect(problem { try Disk.write("x", to: scratch("a")) }.what.contains("a folder stands"))
    #expect(try scratch.names == ["a"])
  }

  @Test func aFileWhereAFolderShouldBe() throws {
    let scratch = try Scratch()
    try Disk.write("x", to: scratch("a"))
    let it = problem { try Disk.write("y", to: scratch("a/b")) }
    #expect(it.what.contains("folder cannot be made") && it.place == scratch("a"), "\(it)")
    #expect(try Disk.readText(scratch("a")) == "x")
  }

  @Test func readingSaysWhatIsWrong() throws {
    let scratch = try Scratch()
    #expect(problem { _ = try Disk.read(scratch("none")) }.what == "there is no such file")
    #expect(problem { _ = try Disk.read(scratch.path) }.what == "this is a folder")
    #expect(problem { _ = try Hashing.sha256(file: scratch.path) }.what == "this is a folder")
    try Disk.write(Data([0xFF, 0xFE]), to: scratch("bytes"))
    #expect(problem { _ = try Disk.readText(scratch("bytes")) }.what.contains("UTF-8"))
  }

  /// Root may write anywhere but into a file system that is read-only, so that is what is tried.
  @Test func anUnwritableFolderSaysSo() throws {
    let it = problem { try Disk.write("x", to: "/proc/sys/orrery") }
    #expect(it.what.contains("cannot be written") && it.fix != nil, "\(it)")
    #expect(problem { try Disk.write("x", to: "/proc/orrery/deep/file") }.what.contains("folder cannot be made"))
  }

  /// On a disk of 64 KiB.
  @Test(.mounting) func aFullDiskKeepsTheOldFile() throws {
    let scratch = try Scratch(), disk = try Mount(scratch("disk"), "size=64k")
    try Disk.write("old", to: disk("a"))
    let it = problem { try Disk.write(Data(count: 200_000), to: disk("a")) }
    #expect(it.what.contains("No space left") && it.fix?.contains("free some space") == true, "\(it)")
    #expect(try Disk.readText(disk("a")) == "old")
    let values = [Float](repeating: 1, count: 50_000)
    let full = problem {
      _ = try values.withUnsafeBufferPointer { try Safetensors.write([.init("a", [50_000], $0)], to: disk("b")) }
    }
    #expect(full.what.contains("No space left"))
    #expect(try disk.names == ["a"])
  }
}

@Suite struct HashingTests {
  /// FIPS 180-4's examples, and the million a's.
  @Test func knownVectors() throws {
    #expect(Hashing.sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Hashing.sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Hashing.sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      Hashing.sha256([UInt8](repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// A file hashes as its bytes do, across the pieces it is read in; so does what is fed in parts.
  @Test func filesAndPiecesAgree() throws {
    let scratch = try Scratch()
    for count in [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
      try Disk.write(Data(bytes), to: scratch("a"))
      #expect(try Hashing.sha256(file: scratch("a")) == Hashing.sha256(bytes))
      var hasher = SHA256Hasher()
      hasher.update(Array(bytes.prefix(count / 3)))
      hasher.update(Array(bytes.dropFirst(count / 3)))
      #expect(hasher.finish() == Hashing.sha256(bytes))
    }
  }
}
