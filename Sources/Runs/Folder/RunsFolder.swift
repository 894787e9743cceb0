import Consent
import Files
import Foundation
import Ledger

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of runs: which there are, and who may take one up. A run is a folder in it with a `run.json`.
///
/// It is also what a cap is held over: `max_exposures` is a grant's, and every run in here counts against it. What
/// decides about caps is done under one lock: who begins to train, and what each has reserved. A run in progress is
/// known by the lock on its folder, which the system takes back when its process ends, however it ends.
package struct RunsFolder: Sendable {
  package let path: String
  package init(path: String) { self.path = path }

  /// Where a run of this name stands, or would.
  package func folder(_ name: String) -> String { path + "/" + name }

  /// Whether a run of this name is there.
  package func holds(_ name: String) -> Bool { Disk.exists(folder(name) + "/run.json") }

  /// Names of the runs, readable or not, sorted.
  package var names: [String] { Disk.names(path).filter(holds) }

  /// Every readable run by name, and what is wrong with the other folders.
  package func runs() -> (runs: [Run], broken: [Problem]) {
    var good: [Run] = [], bad: [Problem] = []
    for name in Disk.names(path) where !name.hasPrefix(".") && Disk.isFolder(folder(name)) {
      guard holds(name) else {
        bad.append(Problem("the folder has no run.json", at: folder(name), fix: "remove it, or move it away"))
        continue
      }
      do { good.append(try Run(folder: folder(name))) } catch {
        bad.append(error as? Problem ?? Problem("\(error)", at: folder(name)))
      }
    }
    return (good, bad)
  }

  /// The readable runs of an experiment, by name.
  package func runs(of experiment: String) -> [Run] {
    names.filter { Self.experiment($0) == experiment }.compactMap { try? Run(folder: folder($0)) }
  }

  /// The readable runs whose name ends in these digits of a hash.
  package func runs(endingIn digits: String) -> [Run] {
    names.filter { $0.hasSuffix("-" + digits) }.compactMap { try? Run(folder: folder($0)) }
  }

  /// Names of the folders that hold something of a run, whether or not it can be read: a ledger, weights, a checkpoint.
  package var traces: [String] { Disk.names(path).filter { RunAudit.hasTraces(folder($0)) } }

  /// What a run's name says before "-" and eight digits of its hash.
  private static func experiment(_ name: String) -> Substring { name.dropLast(9) }

  /// Where runs live unless somebody says otherwise.
  public static let usual = "experiments/runs"

  /// A run by path, by name, or by a prefix of its hash.
  /// - Throws: `Problem` when there is none, or several fit.
  package func find(_ reference: String) throws -> Run {
    if Disk.exists(reference + "/run.json") {
      return try Run(folder: Disk.absolute(reference))
    }
    let names = names
    if names.contains(reference) { return try Run(folder: folder(reference)) }
    // A hash prefix, or the experiment's name where only one run bears it.
    let byName = names.filter { Self.experiment($0) == reference }
    let matches =
      !byName.isEmpty
      ? byName : reference.count >= 4 ? names.filter { ($0.split(separator: "-").last ?? "").hasPrefix(reference) } : []
    if matches.count == 1 { return try Run(folder: folder(matches[0])) }
    if matches.count > 1 {
      throw Problem.usage(
        "'\(reference)' fits several runs: \(matches.joined(separator: ", "))", fix: "give more of the hash")
    }
    if Disk.exists(reference), !Disk.isFolder(reference) {
      throw Problem(
        "this is a file", at: reference, expected: "a run's folder, its name, or an exported model's folder")
    }
    throw Problem(
      "there is no run '\(reference)'" + Nearest.hint(reference, names), at: path,
      expected: "a run's folder, its name, or the first 4 or more digits of its hash",
      fix: "see 'orrery runs', or name the folder of runs with --runs")
  }
}

// MARK: - taking up a run, and counting exposures

extension RunsFolder {
  /// Nobody else begins a run or reserves frames while `body` runs. - Throws: `Problem` when others hold the lock for a
  /// minute.
  package func locked<T>(_ body: () throws -> T) throws -> T {
    try Disk.makeFolder(path)
    let lock = try FileLock(
      folder: path, patience: .seconds(60),
      busy: Problem(
        "other processes have been counting exposures here for a minute", at: path,
        fix: "see whether one of them hangs, and try again"))
    defer { lock.release() }
    return try body()
  }

  /// Takes up a run: one process a run, for a second one would tear the checkpoints. What killed processes left
  /// half-written in it is removed.
  /// - Returns: the lock, to be kept as long as the run is trained.
  package func begin(_ folder: String) throws -> FileLock {
    try locked {
      try Disk.makeFolder(folder)
      let lock = try FileLock(
        folder: folder,
        busy: Problem("another process is training this run", at: folder, fix: "wait for it, or stop it"))
      for place in [folder, folder + "/checkpoints", folder + "/samples"] {
        for name in Disk.names(place) where name.hasPrefix(".") && name.hasSuffix(".part") {
          unlink(place + "/" + name)
        }
      }
      return lock
    }
  }

  /// Whether somebody trains the run in a folder just now. Its lock is on the folder itself, and another on the ledger:
  /// there is no file that could be removed to make it look free.
  private static func isInProgress(_ folder: String) -> Bool {
    FileLock.isHeld(folder) || FileLock.isHeld(folder + "/" + RunAudit.ledgerName)
  }

  /// The same as `exposures`, for a look before anything is begun.
  package func exposuresSoFar(besides name: String? = nil, home: HomeFolder? = .own) throws -> Exposures {
    Disk.isFolder(path) ? try locked { try exposures(besides: name, home: home) } : Exposures()
  }

  /// Frames that the other runs have seen, or have reserved while they are in progress. The run's own are left out,
  /// because continuing it replays its own count. Call under the lock.
  /// - Throws: `Problem` when a run's folder is not whole: what it has seen is not known, and that is not nothing.
  package func exposures(besides name: String?, home: HomeFolder? = .own) throws -> Exposures {
    try traces.filter { $0 != name }.reduce(into: Exposures()) { sum, other in
      // Before its ledger is read: whoever ends in between has counted what was seen.
      let isInProgress = Self.isInProgress(folder(other))
      sum.merge(try RunAudit(folder(other), home: home).exposures(inProgress: isInProgress))
    }
  }
}
