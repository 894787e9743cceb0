import Files
import Ledger
import Runs

extension ConsentImpact.Item {
  package init(
    _ question: ConsentImpact.Question, _ name: String, _ folder: String, _ trail: LedgerTrail,
    _ roots: WeightsOrigin.Roots = .own
  ) {
    var clips: Set<String> = [], parts: Set<GrantKey> = []
    func add(_ record: LedgerTrail.Exposure, to sum: inout ConsentImpact.Share) {
      for (clip, usage) in record.clips {
        sum.allSeen += usage.seen
        sum.allFramesInLoss += usage.framesInLoss
        guard let terms = record.terms(of: clip), question.covers(clip, terms), usage.seen > 0 else { continue }
        clips.insert(clip)
        parts.insert(GrantKey(terms))
        sum.seen += usage.seen
        sum.framesInLoss += usage.framesInLoss
      }
    }
    // Running sums: frames up to the end of each record.
    var sum = ConsentImpact.Share(), sums: [(step: Int, share: ConsentImpact.Share)] = []
    for record in trail.exposures where !record.voided {
      add(record, to: &sum)
      sums.append((record.steps.upperBound, sum))
    }
    // What was handed on holds what counted then: a resume from an older step takes nothing back from it.
    func handedOn(_ export: LedgerTrail.Export) -> ConsentImpact.Share {
      trail.exposures.filter { $0.isIn(export) }.reduce(into: ConsentImpact.Share()) { add($1, to: &$0) }
    }
    // Steps only grow from one to the next, and there may be thousands of checkpoints.
    func upTo(_ step: Int) -> ConsentImpact.Share {
      var low = 0, high = sums.count
      while low < high {
        let middle = (low + high) / 2
        if sums[middle].step <= step { low = middle + 1 } else { high = middle }
      }
      return low == 0 ? .init() : sums[low - 1].share
    }
    (run, hash, self.folder) = (name, trail.run, folder)
    share = sum
    self.clips = clips.count
    self.parts = parts.sorted { ($0.licensor, $0.grant, $0.manifest) < ($1.licensor, $1.grant, $1.manifest) }
    checkpoints = trail.checkpoints.map { ($0.step, $0.weightsSHA256, upTo($0.step)) }
    exports = trail.exports.map {
      ($0.path, $0.weightsSHA256, $0.step, handedOn($0), Disk.exists($0.path))
    }
    evaluated = Self.evaluated(question, trail)
    self.roots = roots
    base = roots.base?.run ?? (try? Run(folder: folder))?.experiment.from.flatMap(Self.run(of:))
  }

  /// Frames looked at.
  package static func evaluated(_ question: ConsentImpact.Question, _ trail: LedgerTrail) -> Int {
    trail.evaluations.filter { !$0.voided }.reduce(0) { sum, record in
      record.clips.filter { clip in record.terms[clip.key].map { question.covers(clip.key, $0) } ?? false }.values
        .reduce(sum, +)
    }
  }

  /// Hash of the run a base's weights come from; nil when the base does not say.
  package static func run(of base: String) -> String? {
    if let run = try? Run(folder: base) { return run.hash }
    let world = base + "/" + ExportedModel.worldName
    return (try? JSON.parse([UInt8](Disk.read(world)), at: world))?["run"]?.string
  }
}
