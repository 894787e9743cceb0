import Bench
import Clips
import Consent
import Files
import Frames
import Ledger
import Models
import Runs

/// Whether exported weights may be handed on, by the grants of every clip that trained them. Exporting to one's own
/// disk needs no leave; giving the folder to somebody else does, and this says whether there is any.
///
/// The default is no. A clip allows it when its grant lists `distribute-weights`, or states `derivatives.weights` as
/// `open` or `share-alike`, and nothing forbids it: no `deny`, no person who did not consent to distribution, no grant
/// that has ended.
package struct ExportDistribution: Sendable {
  package enum Permission: String, Sendable, CaseIterable {
    case allowed
    case shareAlike = "share-alike"
    case notGranted = "not-granted"
    case denied
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  /// The strictest of all clips'.
  package let verdict: Permission
  /// Each ground with the number of clips it concerns, strictest first.
  package let grounds: [(verdict: Permission, text: String, clips: Int)]

  package var mayBeDistributed: Bool { verdict == .allowed || verdict == .shareAlike }

  package init(_ provenance: ExportProvenance, _ run: Run, at time: Moment = .now()) throws {
    var found: [String: (Permission, Int)] = [:]
    func count(_ verdict: Permission, _ text: String, _ n: Int = 1) {
      found[text] = (verdict, (found[text]?.1 ?? 0) + n)
    }
    let request = run.experiment.request(.distributeWeights, at: time)
    let policy = try run.experiment.consent.files.policy(for: provenance.manifests)
    for (manifest, records) in zip(provenance.manifests, provenance.used) {
      for entry in Gate.decide(records, manifest, request, policy.assurance(of: manifest, at: time)) {
        // The weights owe something to every grant the clip was seen under, the withdrawn ones too.
        let grounds = provenance.grants(of: entry.clip, in: manifest).map {
          Self.judge(entry.decision, $0, manifest.licensor.id)
        }
        for (text, verdict) in Dictionary(grounds.map { ($0.1, $0.0) }, uniquingKeysWith: { a, _ in a }) {
          count(verdict, text)
        }
      }
    }
    let gone = Set(provenance.ledger.clips.filter { $0.value.seen > 0 }.keys).subtracting(
      provenance.used.joined().map(\.id)
    ).count
    if gone > 0 { count(.notGranted, "their clips are no longer in the datasets, so their terms cannot be read", gone) }
    if let base = run.experiment.from {
      let (verdict, text) = Self.base(base, at: time)
      count(verdict, text, 0)
    }
    if found.isEmpty { count(.notGranted, "no clip is on record", 0) }
    grounds = found.map { ($0.value.0, $0.key, $0.value.1) }.sorted { ($1.0.rank, $0.1) < ($0.0.rank, $1.1) }
    verdict = grounds.first?.verdict ?? .notGranted
  }

  /// What was learnt before this run is still in the weights, so the base's terms bind them too.
  private static func base(_ path: String, at time: Moment) -> (Permission, String) {
    let weights = WeightsOrigin.file(path)
    if let said = (try? Safetensors(path: weights))?[metadata: "distribution"].flatMap({ Permission(rawValue: $0) }) {
      return (said, "the base it started from, \(path): \(said.rawValue), as its own export says")
    }
    if let run = try? Run(folder: path), Disk.exists(run.path("ledger.jsonl")) {
      let usage: LedgerUsage
      do { usage = try run.audited().usage() } catch {
        let why = (error as? Problem).map { $0.what + ($0.place.map { place in " (\(place))" } ?? "") } ?? "\(error)"
        return (.notGranted, "the base it started from, \(run.name): its ledger does not hold: \(why)")
      }
      if let provenance = try? ExportProvenance(run, usage),
        let own = try? ExportDistribution(provenance, run, at: time)
      {
        return (
          own.verdict,
          "the base it started from, \(run.name): \(own.verdict.rawValue) (\(own.grounds.first?.text ?? ""))"
        )
      }
    }
    return (.notGranted, "the base it started from, \(path), brings no record of consent; its own licence applies")
  }

  private static func judge(_ decision: Decision, _ grant: Manifest.Grant?, _ licensor: String) -> (Permission, String)
  {
    if decision.isAdmitted { return (.allowed, "\(licensor) grants distribute-weights") }
    guard let grant else { return (.notGranted, "\(licensor)'s manifest no longer has the grant they were used under") }
    let name = "\(licensor), grant '\(grant.id)'"
    if let denial = decision.reasons.first(where: { $0.code == .denied }) {
      return (.denied, "\(licensor), grant '\(denial.grant ?? grant.id)', denies distribute-weights")
    }
    if grant.derivatives?.weights == .private {
      return (.denied, "\(name): derivatives.weights is private, the weights must not leave your hands")
    }
    // That the action is not listed is what derivatives.weights makes up for; any other reason stands.
    if let other = decision.reasons.first(where: {
      ($0.grant == nil || $0.grant == grant.id) && $0.code != .actionNotGranted
    }) {
      return (.notGranted, "\(name): \(other.sentence)")
    }
    switch grant.derivatives?.weights {
    case .open: return (.allowed, "\(name): derivatives.weights is open")
    case .shareAlike: return (.shareAlike, "\(name): derivatives.weights is share-alike")
    default: return (.notGranted, "\(name): says nothing about handing on weights")
    }
  }

  /// One sentence for standard error and the card.
  package var sentence: String {
    switch verdict {
    case .allowed: "The grants allow these weights to be handed on."
    case .shareAlike: "The grants allow these weights to be handed on under the same terms only (share-alike)."
    case .notGranted:
      "THESE WEIGHTS MAY NOT BE DISTRIBUTED: not every grant behind them allows it, and silence is no leave."
    case .denied: "THESE WEIGHTS MAY NOT BE DISTRIBUTED: a grant behind them forbids it."
    }
  }

  package var lines: [String] { grounds.map { $0.text + ($0.clips > 0 ? " (\(Text.counted($0.clips, "clip")))" : "") } }

  package var value: Value {
    [
      "verdict": .string(verdict.rawValue),
      "grounds": .array(
        grounds.map { ["verdict": .string($0.verdict.rawValue), "text": .string($0.text), "clips": Value($0.clips)] }),
    ]
  }
}
