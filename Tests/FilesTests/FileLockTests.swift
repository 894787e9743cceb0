import Files
import Foundation
import TestKit
import Testing

@Suite struct FileLockTests {
  private let busy = Problem("it is taken")

  @Test func oneAtATime() throws {
    let scratch = try Scratch(), path = scratch("lock")
    #expect(!FileLock.isHeld(path) && !Disk.exists(path))
    let lock = try FileLock(file: path, mode: 0o600, busy: busy)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    #expect(FileLock.isHeld(path) && lock.descriptor >= 0)
    #expect(problem { _ = try FileLock(file: path, patience: .zero, busy: busy) }.what == "it is taken")
    lock.release()
    lock.release()
    #expect(!FileLock.isHeld(path) && lock.descriptor == -1)
    do {
      let again = try FileLock(file: path, patience: .zero, busy: busy)
      withExtendedLifetime(again) { #expect(FileLock.isHeld(path)) }
    }
    // Gone with the last who holds it.
    #expect(!FileLock.isHeld(path))
  }

  @Test func aFolderIsLockedWithoutAFile() throws {
    let scratch = try Scratch()
    let lock = try FileLock(folder: scratch.path, busy: busy)
    #expect(try FileLock.isHeld(scratch.path) && scratch.names.isEmpty)
    #expect(problem { _ = try FileLock(folder: scratch.path, patience: .zero, busy: busy) }.what == "it is taken")
    lock.release()
    #expect(!FileLock.isHeld(scratch.path))
    #expect(problem { _ = try FileLock(folder: scratch("none"), busy: busy) }.what.contains("cannot be opened"))
    #expect(problem { _ = try FileLock(file: scratch("none/lock"), busy: busy) }.what.contains("cannot be written"))
  }

  /// Patience has an end, and ends sooner when the holder lets go.
  @Test func waitingEnds() async throws {
    let scratch = try Scratch(), path = scratch("lock"), clock = ContinuousClock()
    let lock = try FileLock(file: path, busy: busy), began = clock.now
    #expect(problem { _ = try FileLock(file: path, patience: .milliseconds(60), busy: busy) }.what == "it is taken")
    #expect(clock.now - began >= .milliseconds(60))
    let waiter = Task.detached { [busy] in
      try FileLock(file: path, patience: .seconds(60), busy: busy).release()
    }
    try await Task.sleep(for: .milliseconds(30))
    lock.release()
    try await waiter.value
    #expect(!FileLock.isHeld(path))
  }

  /// Those who only look do not take each other for a holder.
  @Test func lookingHindersNoLooking() async throws {
    let scratch = try Scratch(), path = scratch("lock")
    try Disk.write("", to: path)
    let held = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { (0..<500).contains { _ in FileLock.isHeld(path) } } }
      return await group.contains(true)
    }
    #expect(!held)
  }

  /// What is written through an appending lock lands behind what others have written.
  @Test func appending() throws {
    let scratch = try Scratch(), path = scratch("log")
    try Disk.write("one", to: path)
    let lock = try FileLock(file: path, appending: true, busy: busy)
    try Array(" two".utf8).withUnsafeBytes { try Disk.write($0, to: lock.descriptor, path: path) }
    lock.release()
    #expect(try Disk.readText(path) == "one two")
  }
}
