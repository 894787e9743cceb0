import Files
import Foundation
import Runs

extension Training {
  /// Trains to the last step, checkpointing on the way. - Returns: the finished (or pre-empted) run.
  /// - Throws: `Problem` on NaN, on a full disk, on a clip whose content is not what was granted, when no clip is left.
  public func run(until interruption: Interruption) throws -> Run {
    let lock = try RunsFolder(path: (run.folder as NSString).deletingLastPathComponent).begin(run.folder)
    defer { lock.release() }
    let home = try options.ownHome()
    // Whatever was cut from it must not be trained over; and where nothing is, nothing can have been cut.
    if RunAudit.hasTraces(run.folder) {
      _ = try run.audited(home: home)
    } else {
      try RunMemory(home).beginAnew(run.hash, in: run.folder)
    }
    let head = try takeUp()
    if run.status == .done, run.step >= run.steps {
      // Found again in another place: what reads it later is to look there.
      if Disk.exists(run.path("run.json")), try Run(folder: run.folder).experiment != run.experiment { try run.save() }
      console.note("\(run.name) has all its \(run.steps) steps; --extend STEPS lengthens it")
      return run
    }
    let loop = try TrainingLoop(self, ledgerHead: head)
    // Whatever ends the loop early, the folder says where it really stands.
    defer { loop.stopped() }
    try loop.begin()
    while run.step < run.steps { try loop.advance(interruption) }
    if run.status != .done { try loop.finish() }
    return run
  }

  /// Loads the newest checkpoint. - Returns: the ledger's head it names, or nil when there is none.
  private func takeUp() throws -> String? {
    // Another process may have trained on between our first look and the lock.
    if Disk.exists(run.path("run.json")) {
      let now = try Run(folder: run.folder)
      (run.cost, run.status) = (now.cost, now.status)
      if now.steps > run.steps { (run.steps, run.schedule) = (now.steps, now.schedule) }
    }
    let resumed = try Checkpoint.read(run, into: parameters, optimizer, average)
    run.step = resumed?.step ?? 0
    return resumed?.ledgerHead
  }
}
