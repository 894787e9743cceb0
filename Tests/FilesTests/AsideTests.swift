import Files
import Foundation
import TestKit
import Testing

/// Files and folders that take their names when they are whole.
@Suite struct AsideTests {
  @Test func aFileAppearsWhenItIsCommitted() throws {
    let scratch = try Scratch(), file = try AsideFile(scratch("deep/a"))
    try Disk.write("new", to: file.aside)
    #expect(!Disk.exists(scratch("deep/a")))
    try file.commit()
    file.discard()
    #expect(try Disk.readText(scratch("deep/a")) == "new" && Disk.names(scratch("deep")) == ["a"])
    // Without a file to name there is nothing to commit, and what stands there stays.
    #expect(problem { try AsideFile(scratch("deep/a")).commit() }.place == scratch("deep/a"))
    #expect(try Disk.readText(scratch("deep/a")) == "new")
  }

  @Test func twoAtOnceDoNotShareTheirTemporaryFile() throws {
    let scratch = try Scratch(), one = try AsideFile(scratch("a")), other = try AsideFile(scratch("a"))
    try Disk.write("one", to: one.aside)
    try Disk.write("other", to: other.aside)
    #expect(try one.commitUnlessTaken())
    #expect(try !other.commitUnlessTaken())
    #expect(try Disk.readText(scratch("a")) == "one" && scratch.names == ["a"])
  }

  @Test func theKindIsNamed() throws {
    let scratch = try Scratch()
    try Disk.makeFolder(scratch("a"))
    #expect(
      problem { _ = try AsideFile(scratch("a"), kind: "video") }.what
        == "a folder stands where the video should be written")
  }

  @Test func aFolderTakesThePlaceOfTheOld() throws {
    let scratch = try Scratch()
    for text in ["first", "second"] {
      let made = try Disk.replaceFolder(scratch("in/a")) { aside in
        try Disk.write(text, to: aside + "/" + text)
        #expect(Disk.names(scratch("in/a")) == (text == "first" ? [] : ["first"]))
        return text.count
      }
      #expect(made == text.count && Disk.names(scratch("in/a")) == [text] && Disk.names(scratch("in")) == ["a"])
    }
  }

  /// Whatever the body throws, the old folder stands, nothing is left, and the message names the place by its own name.
  @Test func aFailureLeavesTheOldFolderAlone() throws {
    let scratch = try Scratch()
    try Disk.write("old", to: scratch("a/x"))
    let it = problem {
      try Disk.replaceFolder(scratch("a")) { aside in
        try Disk.write("new", to: aside + "/y")
        throw Problem("full", at: aside + "/y")
      }
    }
    #expect(it.place == scratch("a/y"))
    struct Stop: Error {}
    #expect(throws: Stop.self) { try Disk.replaceFolder(scratch("a")) { _ in throw Stop() } }
    #expect(try scratch.names == ["a"] && Disk.names(scratch("a")) == ["x"])
  }

  @Test func aFolderMayRefuseToReplace() throws {
    let scratch = try Scratch()
    for (name, expected) in [("one", true), ("two", false)] {
      let folder = try AsideFolder(scratch("a"), mode: 0o700)
      defer { folder.discard() }
      try Disk.write(name, to: folder.aside + "/" + name)
      #expect(try folder.commitUnlessTaken() == expected)
    }
    #expect(try scratch.names == ["a"] && Disk.names(scratch("a")) == ["one"])
    let mode = try FileManager.default.attributesOfItem(atPath: scratch("a"))[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  /// Killed calls leave folders nobody holds: they go, and what they had set aside comes back. A living one is let be.
  @Test func remainsAreSweptAndLivingOnesAreNot() throws {
    let scratch = try Scratch()
    try Disk.write("half", to: scratch(".a.4711.part/x"))
    try Disk.write("half", to: scratch(".a.4712-0a1b2c3d.part/x"))
    try Disk.write("kept", to: scratch(".a.4711.old/x"))
    for other in [".a.part/x", ".b.4711.part/x", ".a.mine.part/x", ".a.4711.note/x"] {
      try Disk.write("another's", to: scratch(other))
    }
    let living = try AsideFolder(scratch("a"))
    let hidden = (living.aside as NSString).lastPathComponent
    #expect(try scratch.names == ([".a.part", ".b.4711.part", ".a.mine.part", ".a.4711.note", "a", hidden]).sorted())
    #expect(try Disk.readText(scratch("a/x")) == "kept")
    try Disk.replaceFolder(scratch("a")) { try Disk.write("new", to: $0 + "/y") }
    #expect(Disk.exists(living.aside))
    try Disk.write("newest", to: living.aside + "/z")
    try living.commit()
    #expect(Disk.names(scratch("a")) == ["z"])
  }

  /// Eight at once: each makes its own whole, and one of them stands there.
  @Test func manyAtOnceAreAllWhole() async throws {
    let scratch = try Scratch(), path = scratch("a")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for i in 0..<8 {
        group.addTask {
          for _ in 0..<10 {
            let folder = try AsideFolder(path)
            defer { folder.discard() }
            for part in ["x", "y"] { try Disk.write("\(i)", to: folder.aside + "/" + part) }
            _ = try folder.commitUnlessTaken()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try scratch.names == ["a"] && Disk.names(path) == ["x", "y"])
    #expect(try Disk.readText(path + "/x") == Disk.readText(path + "/y"))
  }
}
