import Clips
import Consent
import Diffusion
import Files
import Ledger
import Runs

/// Writes the run's ledger: what every clip contributed, flushed before the checkpoint that contains it.
package final class Bookkeeping {
  private let ledger: LedgerWriter
  private let run: Run
  private let memory: RunMemory
  /// The weights the run begins with, for the opening at step 0.
  private let base: LedgerBase?
  /// Those of the autoencoder it works with, likewise.
  private let codec: LedgerBase?
  private var from: Int
  private var used: [String: Usage] = [:]
  /// Frames seen that count, over the whole ledger.
  private var seen = 0

  package var head: String { ledger.head }
  /// Which clips the run could draw on so far.
  package var history: LedgerHistory { ledger.history }

  /// Frames of steps that are done again, in weights that were exported before: they count against caps too.
  package var handedOn: Exposures { ledger.handedOn }

  /// Continues the ledger, or begins it. Exposures after step `from` belong to work that is run again: they are voided.
  /// - Parameters:
  ///   - key: signs from here on.
  ///   - base: the weights the run begins with, when they are not its own.
  ///   - codec: those of the autoencoder in whose latents it is trained.
  ///   - home: where is remembered what the ledger has reached.
  ///   - head: the ledger's head that the checkpoint names; its record must still be there, or the weights have seen
  ///     more than the ledger says.
  package init(
    _ run: Run, key: SigningKey, base: LedgerBase? = nil, codec: LedgerBase? = nil, home: HomeFolder, from step: Int,
    head: String?
  ) throws {
    (self.run, self.base, self.codec, memory) = (run, base, codec, RunMemory(home))
    let path = run.path("ledger.jsonl")
    func lost(_ what: String) -> Problem {
      Problem(
        "\(what), so nobody could say what the weights have seen", at: path,
        expected: "the ledger of the checkpoint at step \(step)",
        fix: "restore the ledger from a copy, or train anew with another --runs")
    }
    guard head == nil || Disk.exists(path) else { throw lost("the run's ledger is missing") }
    ledger = try LedgerWriter(path: path, run: run.hash, key: key)
    if let head, !ledger.holds(head) { throw lost("the ledger lacks the record that the checkpoint names") }
    from = step
    try ledger.voidExposures(after: step)
    seen = try ledger.summary().total.seen
  }

  /// What may be used from `step` on, on disk when this returns.
  package func open(_ admissions: [Admission], from step: Int, reserved: [String: Int]) throws {
    try ledger.append(
      .open,
      LedgerBody.open(
        admissions.map(\.terms), from: step, reserved: reserved, base: step == 0 ? base : nil,
        codec: step == 0 ? codec : nil))
    try ledger.flush()
    try remember(step)
  }

  /// Clips that are used no more.
  package func withdraw(_ clips: [(clip: String, grant: String, reasons: [Reason])], after step: Int) throws {
    try ledger.append(.revoke, LedgerBody.revoke(after: step, clips))
    try ledger.flush()
  }

  /// Before clips are looked at without training on them: a use that is not on disk does not happen.
  func record(evaluation use: EvaluationUse, step: Int, of clips: [(admission: Admission, frames: Int)]) throws {
    guard !clips.isEmpty else { return }
    try ledger.append(
      .evaluate, LedgerBody.evaluate(use: use, step: step, clips.map { ($0.admission.terms, $0.frames) }))
    try ledger.flush()
  }

  /// Counts a step's use of clips, once the step is in the weights.
  package func record(exposures step: [String: Usage]) {
    for (clip, usage) in step {
      used[clip, default: Usage()].seen += usage.seen
      used[clip, default: Usage()].framesInLoss += usage.framesInLoss
    }
  }

  /// Exposures of steps [from, step), on disk when this returns.
  package func flush(_ step: Int) throws {
    if step > from {
      try ledger.append(.exposure, LedgerBody.exposure(steps: from..<step, clips: used))
      seen += used.values.reduce(0) { $0 + $1.seen }
    }
    try ledger.flush()
    (from, used) = (step, [:])
  }

  /// Binds the weights to the ledger's head as it stands, signed.
  package func bind(_ step: Int, weights: String) throws {
    try ledger.append(.checkpoint, LedgerBody.checkpoint(step: step, weightsSHA256: weights))
    try ledger.flush()
    try remember(step)
  }

  package func close() throws {
    try ledger.append(.close, ["step": Value(from)])
    try ledger.flush()
    try remember(from)
  }

  /// What the folder cannot be talked out of afterwards.
  private func remember(_ step: Int) throws {
    guard let (first, records) = ledger.beginning else { return }
    try memory.note(
      run.hash,
      RunMemory.Entry(
        folder: run.folder, ledger: (first, ledger.head, records), step: step, seen: seen))
  }
}

extension Batches.Batch {
  /// Every frame of a window is seen; those that are not clean context are in the loss.
  package func usage(_ levels: Levels, _ spec: WorldModel.Spec) -> [String: Usage] {
    clips.enumerated().reduce(into: [:]) { used, item in
      let (b, clip) = item,
        inLoss = (0..<levels.groups).reduce(0) {
          $0 + (levels.context[b * levels.groups + $1] ? 0 : spec.frames(of: $1 + 1) - spec.frames(of: $1))
        }
      used[clip.admission.clip, default: Usage()].seen += clip.range.count
      used[clip.admission.clip, default: Usage()].framesInLoss += inLoss
    }
  }
}
