import Consent
import Files
import Foundation
import Ledger

/// Whether a run's folder is whole: every reader of a run asks here before it believes a number.
///
/// A ledger shows by itself that no line of it was changed; it cannot show that lines at its end, or all of them, are
/// gone. So it is held against what lies beside it and would have to be forged with it: the steps in `run.json`, the
/// ledger's heads in the headers of the weights and checkpoints, frames against steps × batch × window, and what this
/// person's machine remembers. A folder this machine has never heard of (moved, copied, trained elsewhere) is judged by
/// what lies in it; only what contradicts itself is refused.
package struct RunAudit: Sendable {
  package let folder: String
  /// Whether this machine remembers the run's training in this folder.
  package let isRemembered: Bool
  /// nil for a run that was made and never trained.
  private let found: LedgerReading?

  package static let ledgerName = "ledger.jsonl"
  private static let names = ["run.json", "events.jsonl", ledgerName, "weights.safetensors", "state.safetensors"]

  /// Whether something of a run lies in a folder.
  package static func hasTraces(_ folder: String) -> Bool {
    names.contains { $0 != "events.jsonl" && FileKind(folder + "/" + $0) != nil } || !checkpoints(folder).isEmpty
  }

  /// - Throws: `Problem` when a pipe, a device or a folder stands where a run has a file.
  package static func requireFiles(_ folder: String) throws {
    for name in names where FileKind(folder + "/" + name) != nil { try Disk.requireFile(folder + "/" + name) }
  }

  /// - Parameter home: where is remembered what was trained; nil remembers nothing.
  /// - Throws: `Problem` that says what contradicts what, and which file knows better.
  package init(_ folder: String, home: HomeFolder? = .own) throws {
    self.folder = folder
    try Self.requireFiles(folder)
    // In this order: a training in progress writes the ledger before all that names it.
    let run = FileKind(folder + "/run.json") == nil ? nil : try? Run(folder: folder)
    let claims = try Self.claims(folder, run), hash = run?.hash ?? claims.lazy.compactMap(\.run).first
    let remembered = try home.flatMap { home in try hash.flatMap { try RunMemory(home).last($0, in: folder) } }
    isRemembered = remembered?.ledger != nil
    let path = folder + "/" + Self.ledgerName
    let reading = FileKind(path) == nil ? nil : try LedgerReader.reading(path, run: run?.hash)
    let written = reading.flatMap { $0.state.records > 0 ? $0 : nil }
    guard let written else {
      found = nil
      // What it says of its steps cannot be read, and nothing else does.
      if run == nil, claims.isEmpty, FileKind(folder + "/run.json") != nil { _ = try Run(folder: folder) }
      try Self.requireUntrained(path, isThere: reading != nil, run, claims, remembered, home)
      return
    }
    found = written
    for claim in claims { try Self.require(claim, in: written) }
    if let run, run.step > written.state.countedTo {
      throw Self.lacking(
        path, "it counts \(Text.counted(written.state.countedTo, "step")), and run.json says \(run.step) were done",
        folder + "/run.json")
    }
    if let run { try Self.requireFrames(written, run) }
    if let home, let remembered, let ledger = remembered.ledger {
      let place = RunMemory(home).path(written.state.run ?? "")
      guard written.state.first == ledger.first else {
        throw Self.lacking(path, "another ledger was written in this folder than the one that is here", place)
      }
      guard written.position(of: ledger.head) != nil else {
        throw Self.lacking(
          path,
          "it had \(ledger.records) records at step \(remembered.step), and the last of them is not in it", place)
      }
    }
  }

  // MARK: what the ledger says

  /// Whether there is one with something in it: the run was trained.
  package var isTrained: Bool { found != nil }

  package func reading() throws -> LedgerReading {
    guard let found else {
      throw Problem(
        "the run has no ledger, or an empty one: it was not trained yet", at: folder + "/" + Self.ledgerName,
        fix: "it is written when training begins")
    }
    return found
  }

  package func summary() throws -> LedgerSummary { try reading().summary() }
  package func usage() throws -> LedgerUsage { try reading().usage() }
  package func trail() throws -> LedgerTrail { try reading().trail }

  /// Frames that count against caps; a run that was never trained counts as nothing.
  package func exposures(inProgress: Bool) throws -> Exposures {
    try found?.exposures(inProgress: inProgress) ?? Exposures()
  }

  /// What a reader should be told who wants to know how far the figures go; nil when this machine remembers the run.
  package var note: String? {
    isRemembered || found == nil
      ? nil
      : "this machine did not train the run in this folder, so it is judged by what lies in the folder alone"
  }
}

// MARK: - what lies beside the ledger

extension RunAudit {
  /// What the header of weights or of a checkpoint says.
  private struct Claim {
    let path: String
    let step: Int?
    let run: String?
    let head: String?
  }

  private static func checkpoints(_ folder: String) -> [String] {
    Disk.names(folder + "/checkpoints").filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }
      .map { folder + "/checkpoints/" + $0 }
  }

  private static func claims(_ folder: String, _ run: Run?) throws -> [Claim] {
    let own = ["weights.safetensors", "state.safetensors"].map { folder + "/" + $0 }.filter { FileKind($0) != nil }
    return try (own + checkpoints(folder)).compactMap { path in
      let file: Safetensors
      do { file = try Safetensors(path: path) } catch {
        // A training in progress removes old checkpoints while we look.
        if FileKind(path) == nil { return nil }
        throw error
      }
      let claim = Claim(
        path: path, step: file[metadata: "step"].flatMap { Int($0) },
        run: file[metadata: "run"] ?? file[metadata: "hash"], head: file[metadata: "ledger_head"])
      if let run, let other = claim.run, other != run.hash {
        throw Problem(
          "the weights are not this run's", at: path, expected: "the run \(run.hash8)… of run.json",
          fix: "restore both files from one copy of the run")
      }
      return claim
    }
  }

  private static func require(_ claim: Claim, in ledger: LedgerReading) throws {
    if let run = claim.run, run != ledger.state.run {
      throw lacking(ledger.path, "it is of another run than the weights", claim.path)
    }
    guard let head = claim.head else { return }
    guard let position = ledger.position(of: head) else {
      throw lacking(
        ledger.path,
        "the record that was its last when the weights of step \(claim.step.map(String.init) ?? "?") were written is not in it",
        claim.path)
    }
    // Weights of steps that a resume took back may lie there until the next checkpoint.
    if let step = claim.step, step > ledger.state.countedTo, !ledger.tookBack(after: step, since: position) {
      throw lacking(
        ledger.path, "it counts \(Text.counted(ledger.state.countedTo, "step")), and the weights have seen \(step)",
        claim.path)
    }
  }

  /// Every step sees batch × accumulate windows, neither fewer nor more. What normalises an autoencoder's latents is
  /// measured over further ones when it ends.
  private static func requireFrames(_ ledger: LedgerReading, _ run: Run) throws {
    let t = run.experiment.training, window = run.experiment.window, frames = t.batch * t.accumulate * window,
      measured = Double((run.experiment.autoencoder?.measured ?? 0) * window)
    for record in ledger.state.exposures where !record.voided {
      let seen = record.clips.values.reduce(0.0) { $0 + Double($1.seen) },
        due = Double(record.steps.count) * Double(frames)
      let more = seen - due
      guard more != 0, more < 0 || more > measured || more.remainder(dividingBy: Double(window)) != 0 else { continue }
      throw Problem(
        "the ledger counts \(Text.fixed(seen, 0)) frames in steps \(record.steps.lowerBound) to \(record.steps.upperBound)",
        at: ledger.path,
        expected:
          "\(Text.fixed(due, 0)): \(t.batch * t.accumulate) windows of \(run.experiment.window) frames a step, as run.json has it",
        fix: "restore both files from one copy of the run; one of them was changed")
    }
  }

  private static func requireUntrained(
    _ path: String, isThere: Bool, _ run: Run?, _ claims: [Claim], _ remembered: RunMemory.Entry?, _ home: HomeFolder?
  ) throws {
    let what = isThere ? "the run's ledger is empty" : "the run's ledger is missing"
    if let run, run.step > 0 { throw lost(what, path, run.folder + "/run.json", "\(run.step) steps were done") }
    if let claim = claims.first {
      throw lost(what, path, claim.path, "the weights have seen \(claim.step.map(String.init) ?? "some") steps")
    }
    if let home, let remembered, remembered.seen > 0 {
      throw lost(
        what, path, RunMemory(home).path(run?.hash ?? ""),
        "\(remembered.seen) frames were seen by step \(remembered.step)")
    }
  }

  private static func lost(_ what: String, _ path: String, _ witness: String, _ word: String) -> Problem {
    Problem(
      "\(what), so nobody could say what the weights have seen: \(word), by \(witness)", at: path,
      expected: "the ledger that was written with them",
      fix: "restore the ledger from a copy, or remove the run's folder, weights and all")
  }

  private static func lacking(_ path: String, _ what: String, _ witness: String) -> Problem {
    Problem(
      "the ledger lacks the records it should have: \(what)", at: path, expected: "the ledger that \(witness) knows",
      fix:
        "restore the ledger from a copy; if the whole folder was brought back from an older one, bring back the newest")
  }
}

extension Run {
  /// The run's folder, held against itself and against what this machine remembers.
  /// - Throws: `Problem` when something contradicts something.
  package func audited(home: HomeFolder? = .own) throws -> RunAudit { try RunAudit(folder, home: home) }
}
