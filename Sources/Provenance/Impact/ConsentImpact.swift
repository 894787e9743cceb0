import Consent
import Files
import Foundation
import Ledger
import Runs

/// `orrery consent impact`: a grant was withdrawn, or a licensor asks. Which runs, checkpoints and exports used it, how
/// many frames, what share; from the ledgers alone.
public struct ConsentImpact: Sendable {
  /// What is asked about.
  public struct Question: Sendable {
    /// A grant's name; nil asks about everything of the licensor.
    public var grant: String?
    public var licensor: String?
    /// Narrows the grant to this manifest, its other versions included: names of grants are each licensor's own.
    public var manifest: Manifest?

    public init(grant: String?, licensor: String? = nil, manifest: Manifest? = nil) {
      (self.grant, self.licensor, self.manifest) = (grant, licensor, manifest)
    }

    package func covers(_ clip: String, _ terms: ClipTerms) -> Bool {
      if let grant, terms.grant != grant { return false }
      if let licensor, terms.licensor != licensor { return false }
      guard let manifest else { return true }
      return terms.manifestSHA256 == manifest.sha256
        || terms.licensor == manifest.licensor.id && manifest.asset(terms.entry ?? clip) != nil
    }

    /// Of a base only grants are on record.
    package func covers(_ share: LedgerBase.Share) -> Bool {
      (grant ?? share.grant) == share.grant && (licensor ?? share.licensor) == share.licensor
        && (manifest.map { $0.sha256 == share.manifest || $0.licensor.id == share.licensor } ?? true)
    }
  }

  /// Frames up to some step: of what is asked about, and of everything.
  public struct Share: Sendable, Equatable {
    public var seen = 0, framesInLoss = 0, allSeen = 0, allFramesInLoss = 0
    public var text: String { seen == 0 ? "0 %" : Text.short(100 * Double(seen) / Double(max(1, allSeen))) + " %" }
    package var value: Value {
      [
        "seen": Value(seen), "loss": Value(framesInLoss), "of_seen": Value(allSeen), "of_loss": Value(allFramesInLoss),
        "share": .number(Double(seen) / Double(max(1, allSeen))),
      ]
    }
  }

  public struct Item: Sendable {
    public let run: String, hash: String, folder: String
    public let share: Share
    public let clips: Int
    /// As the ledger names them.
    public let parts: [GrantKey]
    public let checkpoints: [(step: Int, weights: String, share: Share)]
    public let exports: [(path: String, weights: String, step: Int?, share: Share, isThere: Bool)]
    /// Frames looked at without training on them.
    public let evaluated: Int
    /// The run it started from, when that one's weights brought the use along.
    public internal(set) var through: String?
    package let roots: WeightsOrigin.Roots
    package let base: String?
  }

  public let question: Question
  /// Runs that used it, or began with weights that did.
  public private(set) var items: [Item]
  /// Ledgers that were read.
  public let ledgers: Int
  public let broken: [Problem]
  /// Frames looked at outside of any run's ledger.
  public let elsewhere: Int
  /// Runs that began with weights of which it is not on record what they saw.
  public let unknown: [String]
  private let known: Set<String>

  /// - Parameter home: where uses outside of runs are recorded; nil looks at runs alone.
  public init(_ question: Question, runs: String, home: HomeFolder? = .own) throws {
    guard question.grant != nil || question.licensor != nil else {
      throw Problem.usage("nothing is asked", expected: "--revoke GRANT, --licensor DID, or both")
    }
    guard Disk.isFolder(runs) else {
      throw Problem("there is no such folder of runs", at: runs, fix: "name it with --runs")
    }
    self.question = question
    // The autoencoders in whose latents runs were trained, a run each.
    var codecs: [LedgerBase?] = []
    var all: [Item] = [], broken: [Problem] = [], known: Set<String> = []
    let folder = RunsFolder(path: runs)
    for name in folder.traces {
      do {
        let audit = try RunAudit(folder.folder(name), home: home)
        guard audit.isTrained else { continue }
        let trail = try audit.trail()
        for record in trail.exposures {
          for clip in record.clips.keys {
            if let terms = record.terms(of: clip) { known.formUnion([terms.grant, terms.licensor]) }
          }
        }
        for terms in trail.evaluations.flatMap(\.terms.values) { known.formUnion([terms.grant, terms.licensor]) }
        let roots = try WeightsOrigin.base(of: folder.folder(name), trail, folder, home)
        for share in (roots.base?.shares ?? []) + (trail.codec?.shares ?? []) {
          known.formUnion([share.grant, share.licensor])
        }
        codecs.append(trail.codec)
        all.append(Item(question, name, "\(runs)/\(name)", trail, roots))
      } catch { broken.append(error as? Problem ?? Problem("\(error)", at: name)) }
    }
    let own = try home.flatMap { try $0.holds(EvaluationLedger.name) ? EvaluationLedger.path($0) : nil }
    elsewhere = try own.map { Item.evaluated(question, try LedgerReader.trail($0)) } ?? 0
    (ledgers, self.broken, self.known) = (all.count, broken, known)
    for i in all.indices {
      let weights = [all[i].roots.base, codecs[i]].compactMap { $0 }
      guard let seen = weights.first(where: { $0.shares.contains(where: question.covers) }) else { continue }
      all[i].through = all.first { $0.hash == seen.run }?.run ?? "the run \((seen.run ?? "?").prefix(8))…"
    }
    // What a base saw is in every run that began with it.
    var
      used = Dictionary(
        all.filter { $0.share.seen > 0 || $0.through != nil }.map { ($0.hash, $0.run) }, uniquingKeysWith: { a, _ in a }
      ),
      grew = true
    while grew {
      grew = false
      for i in all.indices where all[i].through == nil {
        guard let base = all[i].base, base != all[i].hash, let through = used[base] else { continue }
        all[i].through = through
        grew = grew || used.updateValue(all[i].run, forKey: all[i].hash) == nil
      }
    }
    items = all.filter { item in
      item.share.seen > 0 || item.evaluated > 0 || item.through != nil || item.exports.contains { $0.share.seen > 0 }
    }
    unknown = all.filter(\.roots.isUnknown).map(\.run)
  }

  /// A name nobody has used, and the nearest one that somebody has.
  public var hint: String? {
    let names = [question.grant, question.licensor].compactMap { $0 }.filter { !known.contains($0) }
    return names.isEmpty
      ? nil : names.map { "no ledger names '\($0)'" + Nearest.hint($0, known.sorted()) }.joined(separator: "; ")
  }
}
