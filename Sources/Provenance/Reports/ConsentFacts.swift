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
  /// A fingerprint of the clips admitted, by name and content; nil when unknown.
  public private(set) var data: String?

  public init(_ run: Run) {
    do { try read(run.path("ledger.jsonl"), run.hash) } catch {
      problem = (error as? Problem)?.description ?? "\(error)"
    }
  }

  private mutating func read(_ path: String, _ hash: String) throws {
    let summary = try LedgerReader.verify(path, run: hash)
    // The summary counts; standing and basis are in the open records, the last of which is in force.
    var terms: [String: Value] = [:]
    for line in try Disk.readText(path).split(separator: "\n") {
      guard let record = try? JSON.parse(String(line), at: path), record["kind"]?.string == "open" else { continue }
      for field in record["body"]?["clips"]?.fields ?? [] { terms[field.key] = field.value }
    }
    (clips, seen, inLoss, voided, head) = (
      summary.clips.count, summary.total.seen, summary.total.loss, summary.voided.seen, summary.head
    )
    licensors = summary.licensors.map { name, usage in
      let own = summary.clips.keys.filter { terms[$0]?["licensor"]?.string == name }
      func distinct(_ key: String) -> String {
        Set(own.compactMap { terms[$0]?[key]?.string }).sorted().joined(separator: ", ")
      }
      let standing = Set(own.compactMap { terms[$0].flatMap(Standing.stamp) }).sorted().joined(separator: ", ")
      return Licensor(
        name: name, standing: standing, basis: distinct("basis"), clips: own.count, seen: usage.seen, inLoss: usage.loss
      )
    }.sorted { ($1.seen, $0.name) < ($0.seen, $1.name) }
    let contents = terms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value["frames_sha256"]?.string ?? "")" }
    data = terms.isEmpty ? nil : Hashing.sha256(contents.joined(separator: "\n"))
  }

  public static let caution = "Exposure counts frames; it is not influence."

  public var json: Value {
    [
      "problem": Value(problem), "clips": Value(clips), "frames_seen": Value(seen), "frames_in_loss": Value(inLoss),
      "frames_voided": Value(voided), "ledger_head": .string(head),
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
