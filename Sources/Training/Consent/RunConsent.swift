import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Runs

/// By whose leave a run goes on. It looks at the consent documents when the run starts and at every checkpoint; clips
/// that have lost their grant leave, which stands in the ledger before anything else is done, and frames of capped
/// grants are reserved.
///
/// A clip that has left does not come back into the run. What a run may draw on is told by its ledger alone, so a
/// resumed run replays every departure at its step.
package final class RunConsent {
  private(set) var source: ClipSource
  /// When the first grant ends that is in use.
  private(set) var nextExpiry: Moment?
  private let experiment: Experiment
  private let books: Bookkeeping
  private let run: Run
  private let clock: @Sendable () -> Moment
  /// Where is remembered what other runs have seen.
  private let home: HomeFolder?
  private var terms: Set<String> = []
  /// When the consent documents were last read.
  private var looked: Moment

  /// A clip that left, as logs tell it.
  package struct Departure { let clip: String, grant: String, reasons: [Reason] }

  /// What changed: the walk to go on with (nil when no clip is left), and who left.
  package struct Review { let walk: ClipWalk?, left: [Departure] }

  package init(
    _ source: ClipSource, _ experiment: Experiment, _ run: Run, _ books: Bookkeeping,
    home: HomeFolder?, clock: @escaping @Sendable () -> Moment
  ) {
    (self.source, self.experiment, self.run, self.books, self.clock) = (source, experiment, run, books, clock)
    self.home = home
    looked = clock()
  }

  /// Whether `consent.recheck` seconds have gone by since the documents were read. A clock that runs back is no rest.
  var isDue: Bool {
    let now = clock()
    return now < looked || now.seconds - looked.seconds >= experiment.consent.recheck
  }

  /// Looks, between checkpoints, whether a clip that may be drawn has lost its grant. Nothing is changed: who leaves
  /// leaves in `review`, at a checkpoint.
  /// - Throws: `Problem` when a document cannot be read.
  func isAnyWithdrawn() throws -> Bool {
    looked = clock()
    let gates = try ConsentDocuments(experiment, source.datasets).gates(.fineTune, at: looked)
    let admitted = gates.map { Set($0.admissions(split: .train).map(\.clip)) }
    return source.items.contains { $0.admission != nil && !admitted[$0.dataset].contains($0.clip) }
  }

  /// Reads the consent documents anew.
  /// - Parameters:
  ///   - step: steps done; a checkpoint, or the run's beginning.
  ///   - starting: a process takes the run up, so its terms are stated whether or not they changed.
  ///   - changed: a clip that is not what was granted any more, and leaves like one whose grant was withdrawn.
  /// - Returns: nil when nothing changed.
  /// - Throws: `Problem` when a document cannot be read.
  func review(at step: Int, starting: Bool = false, _ changed: ContentChanged? = nil) throws -> Review? {
    looked = clock()
    let documents = try ConsentDocuments(experiment, source.datasets)
    let gates = documents.gates(.fineTune, at: clock())
    if starting { try requireSameConditioning() }
    // A checkpoint older than a departure: the clip is gone all the same.
    let gone = Set(books.history.left.filter { $0.value <= step }.keys),
      later = Set(books.history.left.keys).subtracting(gone)
    let granted = source.rebound(to: gates, without: gone)
    let lost = Set(granted.items.lazy.filter { $0.admission == nil && !gone.contains($0.clip) }.map(\.clip)).union(
      later.intersection(source.clips)
    ).union(changed.map { [$0.clip] } ?? [])
    let left = departures(lost, gates, changed)
    if !left.isEmpty { try books.withdraw(left.map { ($0.clip, $0.grant, $0.reasons) }, after: step) }
    let now = lost.isEmpty ? granted : granted.rebound(to: gates, without: gone.union(lost))
    let terms = Set(now.admissions.map(Self.terms)), isNew = starting || !terms.isSubset(of: self.terms)
    guard isNew || !lost.isEmpty else { return nil }
    guard now.items.contains(where: { $0.admission != nil }) else { return Review(walk: nil, left: left) }
    let capped = now.admissions.contains { $0.remainingExposures != nil }
    source = capped ? try reserve(now, documents, step, gone.union(lost)) : now
    if isNew, !capped { try books.open(source.admissions, from: step, reserved: [:]) }
    (self.terms, nextExpiry) = (terms, source.nextExpiry)
    return Review(walk: try walk(to: step), left: left)
  }

  /// A run goes on with the captions and numbers it began with: they are in no hash of the run's name.
  private func requireSameConditioning() throws {
    let before = books.history.starts.last?.terms ?? [:]
    for admission in source.admissions {
      guard let old = before[admission.clip]?.conditioning, !old.isEmpty,
        case let now = admission.terms.terms.conditioning, !now.isEmpty, now != old
      else { continue }
      let part = Set(old.keys).union(now.keys).sorted().first { old[$0] != now[$0] } ?? ""
      throw Problem(
        "the \(part) of the clip is not the one the run began with",
        at: "\(admission.datasetPath), clip \(admission.clip)",
        fix: "restore the dataset, or begin a run of another name or seed with this one")
    }
  }

  private func walk(to step: Int) throws -> ClipWalk {
    try .replayed(
      source, seed: experiment.seed, size: experiment.training.batch, accumulate: experiment.training.accumulate,
      books.history, to: step)
  }

  /// Reserves what the rest of the run will see of every capped clip, no more than the other runs leave, and states it
  /// in the ledger.
  private func reserve(
    _ now: ClipSource, _ documents: ConsentDocuments, _ step: Int, _ gone: Set<String>
  ) throws -> ClipSource {
    let runs = RunsFolder(path: (run.folder as NSString).deletingLastPathComponent), t = experiment.training
    return try runs.locked {
      var seen = try runs.exposures(besides: run.name, home: home)
      seen.merge(books.handedOn)
      let gates = documents.gates(.fineTune, seen, at: clock())
      let within = now.rebound(to: gates, without: gone)
      // A clip whose grants are used up keeps its places, and nothing is left for it.
      let both = now.rebound(to: gates, or: now, without: gone)
      var limits: [String: Int] = [:], caps: [String: Admission.Cap] = [:], shared: [Admission.Cap: Int] = [:]
      for (a, b) in zip(both.items, within.items) {
        guard let admission = a.admission, b.admission == nil || admission.remainingExposures != nil else { continue }
        limits[a.clip] = b.admission?.remainingExposures ?? 0
        guard let cap = b.admission?.cap else { continue }
        // Two manifests of one licensor may know of different names of the footage: the one that knows of more counts.
        caps[a.clip] = cap
        shared[cap] = min(shared[cap] ?? .max, limits[a.clip] ?? 0)
      }
      source = both
      var walk = try walk(to: step)
      walk.limit { limits[$0] }
      walk.share({ caps[$0] }, limit: { shared[$0] ?? .max })
      for clip in gone { walk.withdraw(clip) }
      let planned = walk.planned(from: step * t.accumulate, to: run.steps * t.accumulate)
      try books.open(both.admissions, from: step, reserved: planned.filter { limits[$0.key] != nil })
      return both
    }
  }

  private func departures(_ lost: Set<String>, _ gates: [Gate], _ changed: ContentChanged?) -> [Departure] {
    guard !lost.isEmpty else { return [] }
    let grants = books.history.starts.last?.clips ?? [:]
    var reasons = changed.map { [$0.clip: [$0.reason]] } ?? [:]
    for entry in gates.flatMap(\.decisions) where lost.contains(entry.clip) && entry.split == .train {
      reasons[entry.clip, default: []] += entry.decision.reasons
    }
    return lost.sorted().map { Departure(clip: $0, grant: grants[$0] ?? "", reasons: reasons[$0] ?? []) }
  }

  /// Everything of an admission that the ledger states or the walk depends on, caps of other runs apart.
  private static func terms(_ a: Admission) -> String {
    [
      a.clip, a.datasetPath, a.grant, a.basis.rawValue, a.standing.rawValue, a.signer ?? "", a.licensor,
      a.manifestSHA256, a.expires?.description ?? "",
      a.remainingExposures.map(String.init) ?? "", a.unvouched.map(\.rawValue).joined(separator: ","),
    ].joined(separator: "\u{0}")
  }
}
