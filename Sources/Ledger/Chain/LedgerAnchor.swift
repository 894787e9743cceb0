import Consent
import Files

/// A signed head of a ledger, to keep where its writer cannot reach it: in a mail, a repository, somebody else's
/// drawer. Whoever has one can tell whether the ledger they are shown later is that one, gone on.
///
/// One line of canonical JSON: `{anchor, run, first, head, records, steps, seen, time, signature}`. The signature is
/// whoever's printed it, a witness that this head was there to be seen; it may be the run's key or another.
public struct LedgerAnchor: Sendable, Equatable {
  public static let schema = "orrery.anchor/1"
  private static let domain = "orrery-anchor-1\n"
  /// Bytes of an anchor accepted.
  private static let largest = 65_536

  public let run: String
  /// The first and the last record's hash, and how many there were.
  public let first: String, head: String, records: Int
  public let steps: Int
  /// Frames, net of what was void.
  public let seen: Int
  public let time: Moment
  /// Who signed it.
  public let signer: String
  public let value: Value

  /// - Throws: `Problem` when the ledger has no record.
  package init(_ reading: LedgerReading, signing key: SigningKey, at time: Moment = .now()) throws {
    let summary = try reading.summary()
    var value: Value = [
      "anchor": .string(Self.schema), "run": .string(summary.run), "first": .string(reading.state.first ?? ""),
      "head": .string(summary.head), "records": Value(summary.records), "steps": Value(summary.steps),
      "seen": Value(summary.total.seen), "time": .string(time.description),
    ]
    value.set(
      LedgerSignature.field,
      Signature(
        alg: key.algorithm.rawValue, kid: key.did, sig: Base64URL.encode(try key.sign(Self.statement(value)))
      ).value)
    try self.init(value, at: "anchor")
  }

  /// - Throws: `Problem` when the file is no anchor, or its signature does not fit.
  public init(path: String) throws {
    try self.init(JSON.parse([UInt8](Disk.read(path, largest: Self.largest)), at: path), at: path)
  }

  private init(_ value: Value, at place: String) throws {
    guard value["anchor"]?.string == Self.schema, let run = value["run"]?.string,
      let first = value["first"]?.string.flatMap({ Hex.sha256($0) }),
      let head = value["head"]?.string.flatMap({ Hex.sha256($0) }), let records = value["records"]?.integer,
      let steps = value["steps"]?.integer, let seen = value["seen"]?.integer, records > 0, steps >= 0, seen >= 0,
      let time = value["time"]?.string.flatMap({ Moment($0) }), let signature = value[LedgerSignature.field]
    else {
      throw Problem(
        "this is not an anchor of a ledger", at: place, expected: "what 'orrery consent ledger RUN --anchor' prints",
        fix: "give that file")
    }
    guard let alg = signature["alg"]?.string, let kid = signature["kid"]?.string, let sig = signature["sig"]?.string,
      Signature(alg: alg, kid: kid, sig: sig).key(over: try Self.statement(value)) != nil
    else {
      throw Problem(
        "the anchor's signature does not fit what it says", at: place, fix: "get it again from where it was kept")
    }
    (self.run, self.first, self.head, self.records) = (run, first, head, records)
    (self.steps, self.seen, self.time, signer, self.value) = (steps, seen, time, kid, value)
  }

  private static func statement(_ value: Value) throws -> [UInt8] {
    Array((domain + (try JSON.canonical(value.removing(LedgerSignature.field), at: "anchor"))).utf8)
  }

  /// One line, without its newline.
  public var text: String { JSON.line(value) }

  /// Says that a ledger goes on from here.
  /// - Throws: `Problem` when it does not.
  package func requireExtended(by reading: LedgerReading) throws -> String {
    func refuse(_ what: String) -> Problem {
      Problem(
        what, at: reading.path, expected: "the ledger whose record \(records - 1) has the hash \(head.prefix(16))…",
        fix: "restore the ledger from a copy; the anchor of \(time) was signed by \(signer)")
    }
    guard reading.state.run == run else { throw refuse("the ledger is of another run than the anchor") }
    guard reading.state.first == first else { throw refuse("the ledger was begun anew since the anchor was signed") }
    guard let position = reading.position(of: head), position == records else {
      throw refuse("the ledger has not passed through the head that was anchored: records are gone or were rewritten")
    }
    let more = reading.state.records - records
    return "the ledger goes on from the anchor of \(time), signed by \(signer): "
      + (more == 0
        ? "nothing was added since" : "\(Text.counted(more, "record")) were added since, and nothing changed")
  }
}
