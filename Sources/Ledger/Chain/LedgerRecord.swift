import Consent
import Files

/// One line of a ledger. Its hash covers every other field and, through `prev`, every line before it, so a line cannot
/// be changed, moved or left out of the middle without the chain saying where.
public struct LedgerRecord: Sendable, Equatable {
  /// `evaluate` is a use that leaves nothing in the weights; `revoke` says which clips lost their grant in the middle
  /// of a run.
  public enum Kind: String, Sendable, CaseIterable {
    case open, exposure, checkpoint, export, evaluate, void, revoke, close
  }

  /// 0 for the first line.
  public let seq: Int
  /// The hash of the line before; 64 zeros for the first.
  public let prev: String
  public let time: Moment
  public let run: String
  public let kind: Kind
  public let body: Value
  /// SHA-256("orrery-ledger-1" ‖ RFC 8785 canonical bytes of the record without `hash`).
  public let hash: String

  package static let genesis = String(repeating: "0", count: 64)
  private static let domain = "orrery-ledger-1"

  /// - Throws: `Problem` when the body holds a fraction: the ledger counts in integers.
  package init(seq: Int, prev: String, time: Moment, run: String, kind: Kind, body: Value) throws {
    self.seq = seq
    self.prev = prev
    self.time = time
    self.run = run
    self.kind = kind
    self.body = body
    hash = Hashing.sha256(
      Self.domain + (try JSON.canonical(Self.unhashed(seq, prev, time, run, kind, body), at: "ledger record")))
  }

  /// Reads what was written: of `texts` the record is hashed without its hash.
  private init(seq: Int, prev: String, time: Moment, run: String, kind: Kind, body: Value, texts: Texts) {
    (self.seq, self.prev, self.time, self.run, self.kind, self.body) = (seq, prev, time, run, kind, body)
    hash = Hashing.sha256(Self.domain + texts.start + texts.end)
  }

  /// Its canonical form in the two parts that its hash stands between, since keys are sorted.
  private struct Texts {
    let start: String, end: String

    init(seq: Int, prev: String, time: Moment, run: String, kind: Kind, body: Value) throws {
      start = "{\"body\":" + (try JSON.canonical(body, at: "ledger record.body"))
      let rest: Value = [
        "kind": .string(kind.rawValue), "prev": .string(prev), "run": .string(run), "seq": Value(seq),
        "time": .string(time.description),
      ]
      end = "," + (try JSON.canonical(rest, at: "ledger record")).dropFirst()
    }
  }

  private static func unhashed(
    _ seq: Int, _ prev: String, _ time: Moment, _ run: String, _ kind: Kind, _ body: Value
  ) -> Value {
    .object([
      .init("seq", Value(seq)), .init("prev", .string(prev)), .init("time", .string(time.description)),
      .init("run", .string(run)),
      .init("kind", .string(kind.rawValue)), .init("body", body),
    ])
  }

  /// The same record with a signature in its body, over everything in it but the signature itself.
  package init(
    seq: Int, prev: String, time: Moment, run: String, kind: Kind, body: Value, signing key: SigningKey
  ) throws {
    let statement = try LedgerSignature.statement(Self.unhashed(seq, prev, time, run, kind, body))
    var signed = body
    signed.set(LedgerSignature.field, try LedgerSignature.make(over: statement, key))
    try self.init(seq: seq, prev: prev, time: time, run: run, kind: kind, body: signed)
  }

  /// Who signed it; nil when nobody did.
  /// - Throws: `Problem` when there is a signature and it is not that key's over this record.
  package func signer() throws -> String? {
    guard let signature = body[LedgerSignature.field] else { return nil }
    return try LedgerSignature.signer(
      signature, over: LedgerSignature.statement(Self.unhashed(seq, prev, time, run, kind, body)))
  }

  /// The line as it stands in the file, without its newline: canonical, so there is one way to write a record.
  package func line() throws -> String {
    var value = Self.unhashed(seq, prev, time, run, kind, body)
    value.set("hash", .string(hash))
    return try JSON.canonical(value, at: "ledger record")
  }

  /// Reads a line and checks that it is the one that was hashed, byte for byte.
  /// - Throws: `Problem` at `place`.
  package init(line: some Collection<UInt8>, at place: String) throws {
    func damaged(_ why: String) -> Problem {
      Problem(
        "the record is damaged: \(why)", at: place, expected: "a line as the ledger wrote it",
        fix: "restore the ledger from a copy; nothing after this line can be trusted")
    }
    let value: Value
    do { value = try JSON.parse(line, at: place) } catch let problem as Problem { throw damaged(problem.what) }
    guard let fields = value.fields, Set(fields.map(\.key)) == ["seq", "prev", "time", "run", "kind", "body", "hash"]
    else {
      throw damaged("its fields are not those of a record")
    }
    guard let seq = value["seq"]?.integer, seq >= 0, let prev = value["prev"]?.string, let run = value["run"]?.string,
      let time = value["time"]?.string.flatMap({ Moment($0) }),
      let kind = value["kind"]?.string.flatMap({ Kind(rawValue: $0) }),
      let body = value["body"], let hash = value["hash"]?.string
    else { throw damaged("a field has the wrong type") }
    let texts: Texts
    do { texts = try Texts(seq: seq, prev: prev, time: time, run: run, kind: kind, body: body) } catch let problem
      as Problem
    { throw damaged(problem.what) }
    self.init(seq: seq, prev: prev, time: time, run: run, kind: kind, body: body, texts: texts)
    guard self.hash == hash else { throw damaged("its hash does not match its content") }
    // Same content in other bytes (a space, another order of keys) has the same hash; the bytes must be ours too.
    guard (texts.start + ",\"hash\":\"" + hash + "\"" + texts.end).utf8.elementsEqual(line) else {
      throw damaged("it was rewritten: the content is the same, the bytes are not")
    }
  }
}
