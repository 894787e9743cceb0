import Consent
import Files
import Ledger
import Runs

/// By whose leave a run was trained, from its ledger.
public struct ConsentFacts: Sendable {
  public struct Licensor: Sendable, Equatable {
    public let name: String
    /// "self-declared", "signed by did:key:…", or several when grants differ.
    public let standing: String, basis: String
    public let clips: Int, seen: Int, inLoss: Int
  }

  /// Why the ledger says nothing: it is missing, or its chain is broken.
  public private(set) var problem: String?
  public private(set) var licensors: [Licensor] = []
  public private(set) var clips = 0, seen = 0, inLoss = 0, voided = 0
  public private(set) var head = ""
  /// What it began with, where those are not its own weights.
  public private(set) var base: String?
  /// A fingerprint of the clips admitted, by name and content; nil when unknown.
  public private(set) var data: String?

  public init(_ run: Run) {
    do { try read(try run.audited().usage()) } catch {
      problem = (error as? Problem)?.description ?? "\(error)"
    }
  }

  /// Of what nobody here knows the making of. - Parameter reason: why.
  package init(unknown reason: String) { problem = reason }

  private mutating func read(_ usage: LedgerUsage) throws {
    let summary = usage.summary
    (clips, seen, inLoss, voided, head) = (
      summary.clips.count, summary.total.seen, summary.total.framesInLoss, summary.voided.seen, summary.head
    )
    base = summary.base?.text
    licensors = Dictionary(grouping: usage.entries) { $0.key.licensor }.map { name, entries in
      func stated(_ word: (LedgerUsage.Entry) -> String) -> String {
        Set(entries.map { word($0.value) }).subtracting([""]).sorted().joined(separator: ", ")
      }
      let own = LedgerUsage.total(entries.map(\.value))
      return Licensor(
        name: name, standing: stated(\.standing), basis: stated(\.basis), clips: Set(entries.map(\.key.clip)).count,
        seen: own.seen, inLoss: own.framesInLoss)
    }.sorted { ($1.seen, $0.name) < ($0.seen, $1.name) }
    let contents = usage.trail.contents.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    data = contents.isEmpty ? nil : Hashing.sha256(contents.joined(separator: "\n"))
  }

  public static let caution = "Exposure counts frames; it is not influence."

  public var json: Value {
    [
      "problem": Value(problem), "clips": Value(clips), "frames_seen": Value(seen), "frames_in_loss": Value(inLoss),
      "frames_voided": Value(voided), "ledger_head": .string(head), "base": Value(base),
      "licensors": .array(
        licensors.map {
          [
            "name": .string($0.name), "standing": .string($0.standing), "basis": .string($0.basis),
            "clips": Value($0.clips), "frames_seen": Value($0.seen), "frames_in_loss": Value($0.inLoss),
          ]
        }),
    ]
  }
}
