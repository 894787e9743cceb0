import Consent
import Files

/// What a proof says, once everything in it has been held against its root.
public struct VerifiedRoyalty: Sendable, Equatable {
  public let licensor: String
  public let root: String
  public let pool: Money
  public let share: Money, beside: Money
  public let seen: Int, framesInLoss: Int
  public let lines: [Value]
  public let runs: [Run]
  public var total: Money { Money(minor: share.minor + beside.minor, pool.currency) }

  public struct Run: Sendable, Equatable {
    public let run: String, head: String, closed: Bool
    /// The did:key that signed the ledger, and the head it signed; nil for a ledger nobody signed.
    public let key: String?, signedHead: String?
  }

  /// Verifies a proof with nothing but the proof: its sums, its share of the pool, and the way from each of its entries
  /// to the root.
  /// - Parameter expected: the root the payer published, 64 hexadecimal digits. Without it the proof is only shown to
  ///   agree with itself.
  /// - Throws: `Problem` with the first thing that does not hold.
  public init(_ proof: RoyaltyProof, root expected: String? = nil, at place: String) throws {
    let check = Check(place: place), v = proof.value
    guard
      Set(v.fields?.map(\.key) ?? []) == [
        "schema", "licensor", "root", "leaves", "from", "statement", "account", "lines", "path", "signatures", "note",
      ], v["schema"]?.string == RoyaltyProof.schema
    else { throw check.failed("its fields are not those of a proof") }
    guard v["note"]?.string == RoyaltyProof.note else { throw check.failed("its note was changed") }
    let licensor = try check.text(v, "licensor"), root = try check.text(v, "root")
    guard root.utf8.count == 64, Hex.sha256(root) == root else {
      throw check.failed("its root is not 64 hexadecimal digits in lower case")
    }
    if let expected, Hex.sha256(expected) != root {
      throw Problem(
        "the proof is for another statement: its root is \(root)", at: place,
        expected: "the root \(expected) that was given", fix: "check that both are of the same statement")
    }
    guard let lines = v["lines"]?.array, !lines.isEmpty, let statement = v["statement"], let account = v["account"],
      let head = statement["leaf"], let own = account["leaf"]
    else { throw check.failed("it has no statement, account or lines") }

    let currency = try check.text(head, "currency")
    guard let currency = Currency(currency), head["kind"] == "statement",
      head["schema"]?.string == RoyaltyStatement.schema
    else { throw check.failed("its statement is none of ours") }
    (pool, share, beside) = (
      try check.money(head, "pool", currency), try check.money(own, "share", currency),
      try check.money(own, "beside", currency)
    )
    guard own["kind"] == "account", own["licensor"]?.string == licensor else {
      throw check.failed("its account is another licensor's")
    }
    (seen, framesInLoss) = (try check.count(own, "frames_seen"), try check.count(own, "frames_in_loss"))
    try check.sums(lines.compactMap { $0["leaf"] }, count: lines.count, own, head, licensor, currency)
    try check.path(v, entries: [statement, account] + lines, lines: lines.count, root)

    runs = try check.runs(head["runs"]?.array ?? [], v["signatures"]?.array)
    (self.licensor, self.root, self.lines) = (licensor, root, lines.compactMap { $0["leaf"] })
  }

  private struct Check {
    let place: String

    func failed(_ why: String) -> Problem {
      Problem(
        "the proof does not hold: \(why)", at: place,
        fix: "ask the payer for the proof again; if it fails again, do not accept the statement")
    }

    func text(_ value: Value, _ key: String) throws -> String {
      guard let text = value[key]?.string else { throw failed("'\(key)' is missing or no text") }
      return text
    }

    func count(_ value: Value, _ key: String) throws -> Int {
      guard let n = value[key]?.integer, n >= 0 else { throw failed("'\(key)' is missing or no count") }
      return n
    }

    func wide(_ value: Value, _ key: String) throws -> UInt128 {
      guard let text = value[key]?.string, text.utf8.count <= 39, let n = UInt128(text), String(n) == text else {
        throw failed("'\(key)' is missing or no whole number")
      }
      return n
    }

    func money(_ value: Value, _ key: String, _ currency: Currency) throws -> Money {
      let text = try text(value, key)
      guard let money = try? Money(text, currency), money.amount == text else {
        throw failed("'\(key)' is no amount in \(currency)")
      }
      return money
    }

    /// The lines add up to the account, and the account's share is what the pool gives its score.
    func sums(
      _ lines: [Value], count: Int, _ account: Value, _ head: Value, _ licensor: String, _ currency: Currency
    ) throws {
      guard lines.count == count, try self.count(account, "lines") == count else {
        throw failed("the account speaks of another number of lines than are here")
      }
      var usage = Usage(), score: UInt128 = 0, amount: UInt128 = 0
      for line in lines {
        guard line["kind"] == "line", line["licensor"]?.string == licensor else {
          throw failed("a line is another licensor's")
        }
        let seen = try self.count(line, "frames_seen"), own = try wide(line, "score"), weight = try wide(line, "weight")
        let shares = line["compensation"]?.string.flatMap(RoyaltyTerms.Kind.init)?.shares ?? false
        let (product, tooBig) = weight.multipliedReportingOverflow(by: UInt128(seen))
        guard !tooBig, own == (shares ? product : 0) else {
          throw failed(
            "the score of the clip '\(FieldReader.shortened(line["clip"]?.string ?? ""))' is not its weight times its frames"
          )
        }
        guard let sum = usage.adding(Usage(seen: seen, framesInLoss: try self.count(line, "frames_in_loss"))) else {
          throw failed("its counts are beyond any real number of frames")
        }
        let (more, over) = score.addingReportingOverflow(own)
        guard !over else { throw failed("its scores are beyond 128 bits") }
        (usage, score, amount) = (sum, more, amount + UInt128(try money(line, "amount", currency).minor))
      }
      let share = try money(account, "share", currency), total = try money(account, "total", currency),
        beside = try money(account, "beside", currency), pool = try money(head, "pool", currency)
      guard try usage.seen == self.count(account, "frames_seen"),
        try usage.framesInLoss == self.count(account, "frames_in_loss"), try score == wide(account, "score")
      else {
        throw failed("the lines' frames do not add up to the account's")
      }
      guard amount == UInt128(total.minor), UInt128(share.minor) + UInt128(beside.minor) == amount else {
        throw failed("the lines' amounts do not add up to the account's total of \(total)")
      }
      let all = try wide(head, "score")
      guard score <= all else { throw failed("its score is larger than the statement's") }
      guard all > 0 else {
        guard share.minor == 0 else { throw failed("it has a share of a pool nobody shares in") }
        return
      }
      let (floor, rest) = all.dividingFullWidth(UInt128(pool.minor).multipliedFullWidth(by: score))
      guard UInt128(share.minor) == floor || (rest > 0 && UInt128(share.minor) == floor + 1) else {
        throw failed("the share of \(share) is not \(score) of \(all) parts of \(pool)")
      }
    }

    /// Each signed ledger brings the record that bears the signature; it has to be the one the statement names.
    func runs(_ stated: [Value], _ records: [Value]?) throws -> [Run] {
      guard var records = records?[...] else { throw failed("it has no list of signatures") }
      let runs = try stated.map { value -> Run in
        let run = try text(value, "run"), head = try text(value, "head"), closed = value["closed"]?.bool ?? false
        guard let signed = value["signed"] else {
          return Run(run: run, head: head, closed: closed, key: nil, signedHead: nil)
        }
        let own = try text(signed, "head"), key = try text(signed, "key")
        guard let line = records.popFirst(),
          let record = try? LedgerRecord(line: Array(JSON.canonical(line, at: place).utf8), at: place),
          record.run == run, record.hash == own,
          try record.signer() == key
        else {
          throw failed(
            "the signature on the ledger of run \(FieldReader.shortened(run)) is not \(FieldReader.shortened(key))'s over \(own.prefix(16))…"
          )
        }
        return Run(run: run, head: head, closed: closed, key: key, signedHead: own)
      }
      guard records.isEmpty else { throw failed("it has signatures of other ledgers") }
      return runs
    }

    func path(_ v: Value, entries: [Value], lines: Int, _ root: String) throws {
      let count = try self.count(v, "leaves"), from = try self.count(v, "from")
      guard let head = entries.first?["leaf"], let licensors = head["licensors"]?.integer,
        let all = head["lines"]?.integer, licensors >= 0, all >= 0, licensors <= count, all <= count,
        count == 1 + licensors + all, from >= 1, from <= count, lines < count - from
      else { throw failed("its places are not in a tree of the statement's size") }
      for entry in entries where Set(entry.fields?.map(\.key) ?? []) != ["leaf", "salt"] {
        throw failed("an entry is not a leaf with its salt")
      }
      let path = (v["path"]?.array ?? []).map { $0.string.flatMap { Hex.sha256($0) == $0 ? Hex.bytes($0) : nil } }
      guard v["path"]?.array != nil, !path.contains(nil) else { throw failed("its path is not a list of hashes") }
      let leaves = try entries.map { MerkleTree.leaf(try JSON.canonical($0, at: place)) }
      guard
        let found = MerkleTree.root(
          count: count, places: [0] + Array(from...from + lines), leaves: leaves, path: path.compactMap { $0 })
      else {
        throw failed("its path has too many or too few hashes")
      }
      guard Hex.text(found) == root else {
        throw failed("its lines do not lead to its root; a line, a salt, the path or the root was changed")
      }
    }
  }
}
