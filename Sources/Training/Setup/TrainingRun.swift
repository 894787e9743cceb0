import Files
import Foundation
import Ledger
import Runs

extension Training {
  /// Trains to the last step, checkpointing on the way. - Returns: the finished (or pre-empted) run.
  /// - Throws: `Problem` on NaN, on a full disk, on a clip whose content is not what was granted, when no clip is left.
  public func run(until interruption: Interruption) throws -> Run {
    let lock = try RunsFolder(path: (run.folder as NSString).deletingLastPathComponent).begin(run.folder)
    defer { lock.release() }
    let home = try options.ownHome()
    // Whatever was cut from it must not be trained over; and where nothing is, nothing can have been cut.
    var exports = 0
    if RunAudit.hasTraces(run.folder) {
      let audit = try run.audited(home: home)
      exports = audit.isTrained ? try audit.trail().exports.count : 0
    } else {
      try RunMemory(home).beginAnew(run.hash, in: run.folder)
    }
    let head = try takeUp(exports)
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
  /// - Parameter exports: how often weights of this run were handed on.
  /// - Throws: `Problem` when there should be a checkpoint: to begin anew would take back what others hold.
  private func takeUp(_ exports: Int) throws -> String? {
    var done = 0
    // Another process may have trained on between our first look and the lock.
    if Disk.exists(run.path("run.json")) {
      let now = try Run(folder: run.folder)
      done = now.step
      (run.cost, run.status) = (now.cost, now.status)
      if now.steps > run.steps { (run.steps, run.schedule) = (now.steps, now.schedule) }
    }
    let resumed = try Checkpoint.read(run, into: parameters, optimizer, average)
    guard resumed != nil || done == 0 && exports == 0 else {
      throw Problem(
        "the run's checkpoints are gone, and \(done > 0 ? "\(done) steps were done" : "weights of it were exported")",
        at: run.path("state.safetensors"), expected: "the checkpoint they were in",
        fix: "restore it from a copy, or train anew with another --runs")
    }
    run.step = resumed?.step ?? 0
    return resumed?.ledgerHead
  }
}
