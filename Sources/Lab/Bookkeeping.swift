import Consent
import Diffusion
import Files

/// Writes the run's ledger: what every clip contributed, flushed before the checkpoint that contains it.
final class Bookkeeping {
  private let ledger: LedgerWriter
  private var from: Int
  private var used: [String: Usage] = [:]
  private var left: Set<String> = []
  private let done: Bool

  var head: String { ledger.head }

  /// Opens or continues the ledger. Exposures after step `from` belong to work that is run again: they are voided.
  /// - Parameter head: the ledger's head that the checkpoint names; its record must still be there, or the weights have seen more
  ///   than the ledger says.
  init(_ run: Run, _ source: ClipSource, from step: Int, head: String?) throws {
    let path = run.path("ledger.jsonl")
    func lost(_ what: String) -> Problem {
      Problem("\(what), so nobody could say what the weights have seen", at: path, expected: "the ledger of the checkpoint at step \(step)",
              fix: "restore the ledger from a copy, or train anew with another --runs")
    }
    guard head == nil || Disk.exists(path) else { throw lost("the run's ledger is missing") }
    ledger = try LedgerWriter(path: path, run: run.hash)
    if let head, !ledger.holds(head) { throw lost("the ledger lacks the record that the checkpoint names") }
    from = step
    done = run.step >= run.steps
    try ledger.voidExposures(after: step)
    if !done { try ledger.append(.open, LedgerBody.open(source.admissions)) }
    try ledger.flush()
  }

  /// Counts a batch: every frame of a window is seen; those that are not clean context are in the loss.
  func saw(_ batch: Batches.Batch, _ levels: Levels, framesPerGroup: Int) {
    for (b, clip) in batch.clips.enumerated() {
      let inLoss = (0..<levels.groups).filter { !levels.context[b * levels.groups + $0] }.count * framesPerGroup
      used[clip.admission.clip, default: Usage()].seen += clip.range.count
      used[clip.admission.clip, default: Usage()].loss += inLoss
    }
  }

  /// True the first time a clip is named.
  func leaves(_ clip: String) -> Bool { left.insert(clip).inserted }

  /// Exposures of steps [from, step), on disk when this returns.
  func flush(_ step: Int) throws {
    if step > from { try ledger.append(.exposure, LedgerBody.exposure(steps: from..<step, clips: used)) }
    try ledger.flush()
    (from, used) = (step, [:])
  }

  func bind(_ step: Int, weights: String) throws {
    try ledger.append(.checkpoint, LedgerBody.checkpoint(step: step, weightsSHA256: weights))
    try ledger.flush()
  }

  func close() throws {
    guard !done else { return }
    try ledger.append(.close, ["step": Value(from)])
    try ledger.flush()
  }
}
