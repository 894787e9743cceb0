import Consent
import Files

/// What one ledger says was used: frames by clip, and under whose grant of which manifest. Exposures that were voided
/// are not in it: what a resume threw away is nobody's use, so it is never billed.
public struct LedgerUsage: Sendable {
  /// One clip under one grant of one manifest.
  public struct Key: Hashable, Sendable {
    public let licensor: String, manifest: String, grant: String, clip: String

    /// By licensor, then grant, then clip, then manifest, as bytes: the same in every locale.
    package static func before(_ a: Key, _ b: Key) -> Bool {
      for (x, y) in [(a.licensor, b.licensor), (a.grant, b.grant), (a.clip, b.clip), (a.manifest, b.manifest)]
      where x != y {
        return x.utf8.lexicographicallyPrecedes(y.utf8)
      }
      return false
    }
  }

  /// What the open record said beside the key's names; `standing` as `Standing.stamp` says it.
  public struct Entry: Sendable, Equatable {
    public let basis: String, standing: String, framesSHA256: String
    public var usage: Usage
  }

  public let path: String
  public let run: String
  /// The last record's hash.
  public let head: String
  public let closed: Bool
  /// The last checkpoint or close that the run's key signed, and that key: through `prev` it vouches for every line
  /// before. Nil in a ledger nobody signed.
  package let vouched: (record: LedgerRecord, key: String)?
  public let summary: LedgerSummary
  public let entries: [Key: Entry]

  /// Verifies the whole chain, then counts.
  /// - Throws: `Problem` naming the first line that is wrong, or a clip whose open record names no manifest.
  public init(_ path: String, run: String? = nil) throws {
    try LedgerReader.requireRegularFile(path)
    let data = try Disk.read(path), state = try LedgerScan(data, at: path, run: run).state
    guard state.records > 0 else {
      throw Problem("the ledger has no records", at: path, fix: "it is written when training begins")
    }
    summary = try LedgerSummary(state, tornTail: 0, at: path)
    (self.path, self.run, head, closed) = (path, summary.run, summary.head, summary.closed)

    // The scan keeps grants and licensors; manifests and standing are in the open record that was in force.
    let others = try Self.records([UInt8](data), but: Set(state.exposures.map(\.seq)), at: path),
      opens = others.filter { $0.kind == .open }
    // Openings are signed too, but they list everybody's clips, so they are not for passing on.
    vouched = try others.last { ($0.kind == .checkpoint || $0.kind == .close) && $0.body[LedgerSignature.field] != nil }
      .flatMap { record in try record.signer().map { (record, $0) } }
    var found: [Key: Entry] = [:], next = 0, terms: [String: (Key, Entry)] = [:]
    for exposure in state.exposures {
      while next < opens.count, opens[next].seq < exposure.seq { terms = Self.terms(opens[next].body); next += 1 }
      guard !exposure.voided else { continue }
      for (clip, usage) in exposure.clips {
        guard let (key, entry) = terms[clip] else { continue }
        guard let sum = (found[key]?.usage ?? Usage()).adding(usage) else {
          throw Problem("the ledger's counts are beyond any real number of frames", at: path)
        }
        found[key] = Entry(basis: entry.basis, standing: entry.standing, framesSHA256: entry.framesSHA256, usage: sum)
      }
    }
    // What was admitted and never seen is nobody's due.
    entries = found.filter { $0.value.usage.seen > 0 }
    if let bare = entries.keys.filter({ $0.manifest.isEmpty }).min(by: Key.before) {
      throw Problem(
        "the ledger names no manifest for the clip '\(FieldReader.shortened(bare.clip))', so its terms cannot be known",
        at: path, fix: "was it written by an early version? train again")
    }
  }

  /// The other records of a ledger that was verified, so a line's number is its record's.
  private static func records(_ bytes: [UInt8], but counted: Set<Int>, at path: String) throws -> [LedgerRecord] {
    guard let end = bytes.lastIndex(of: 0x0A) else { return [] }
    return try bytes[..<end].split(separator: 0x0A).enumerated().compactMap { i, line in
      guard !counted.contains(i) else { return nil }
      return try LedgerRecord(line: line, at: "\(path), line \(i + 1)")
    }
  }

  private static func terms(_ body: Value) -> [String: (Key, Entry)] {
    var found: [String: (Key, Entry)] = [:]
    for field in body["clips"]?.fields ?? [] {
      func text(_ key: String) -> String { field.value[key]?.string ?? "" }
      let key = Key(
        licensor: text("licensor"), manifest: Hex.sha256(text("manifest")) ?? "", grant: text("grant"), clip: field.key)
      found[field.key] = (
        key,
        Entry(
          basis: text("basis"), standing: Standing.stamp(field.value) ?? "", framesSHA256: text("frames_sha256"),
          usage: Usage())
      )
    }
    return found
  }
}
