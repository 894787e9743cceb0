import Consent
import Files
import Foundation
import Ledger

/// The folder a cap is held over: `max_exposures` is a grant's, and every run in here counts against it.
///
/// What decides about caps is done under one lock: who begins to train, and what each has reserved. A run in progress
/// is known by the lock on its own folder, which the system takes back when its process ends, however it ends.
package struct RunsFolder {
  package let path: String
  package init(path: String) { self.path = path }

  /// Nobody else begins a run or reserves frames while `body` runs. - Throws: `Problem` when others hold the lock for a
  /// minute.
  package func locked<T>(_ body: () throws -> T) throws -> T {
    try Disk.makeFolder(path)
    // The folder itself is locked, so there is no file to leave behind.
    let file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else {
      throw Problem(
        "the folder cannot be opened: \(String(cString: strerror(errno)))", at: path, fix: "check its permissions")
    }
    defer { close(file) }
    let deadline = ContinuousClock.now + .seconds(60)
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw Problem(
          "the folder cannot be locked: \(String(cString: strerror(errno)))", at: path,
          fix: "keep runs on a disk that can lock files")
      }
      guard ContinuousClock.now < deadline else {
        throw Problem(
          "other processes have been counting exposures here for a minute", at: path,
          fix: "see whether one of them hangs, and try again")
      }
      usleep(20_000)
    }
    return try body()
  }

  /// Takes up a run: one process a run.
  package func begin(_ folder: String) throws -> FolderLock {
    try locked {
      try Disk.makeFolder(folder)
      return try FolderLock(folder)
    }
  }

  /// The same as `exposures`, for a look before anything is begun.
  package func exposuresSoFar(besides name: String) throws -> Exposures {
    Disk.isFolder(path) ? try locked { try exposures(besides: name) } : Exposures()
  }

  /// Frames that the other runs have seen, or have reserved while they are in progress. The run's own are left out,
  /// because continuing it replays its own count. Call under the lock.
  package func exposures(besides name: String) throws -> Exposures {
    let others = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted().filter { $0 != name }
    return try others.filter { Disk.exists("\(path)/\($0)/ledger.jsonl") }.reduce(into: Exposures()) { sum, other in
      sum.merge(
        try LedgerReader.exposures("\(path)/\(other)/ledger.jsonl", inProgress: FolderLock.isHeld("\(path)/\(other)")))
    }
  }
}

/// One process a run: a second one would tear the checkpoints.
package struct FolderLock {
  private let file: Int32

  package init(_ folder: String) throws {
    file = open(folder + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Disk.writeProblem(folder + "/.lock", errno) }
    guard FileLock.take(file) else {
      close(file)
      throw Problem("another process is training this run", at: folder, fix: "wait for it, or stop it")
    }
  }

  package func release() { close(file) }

  /// Whether a process is training the run. Under the lock of the folder of runs only: looking takes the lock for a
  /// moment.
  package static func isHeld(_ folder: String) -> Bool {
    let file = open(folder + "/.lock", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) != 0
  }

  /// Removes what killed processes left half-written. Only for whoever holds the lock.
  package static func sweep(_ folder: String) {
    for place in [folder, folder + "/checkpoints", folder + "/samples"] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      where name.hasPrefix(".") && name.hasSuffix(".part") { unlink(place + "/" + name) }
    }
  }
}
