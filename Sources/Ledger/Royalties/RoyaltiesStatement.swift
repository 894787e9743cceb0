import Consent
import Files

/// Royalties with one root over everything they say, so that a licensor can check their own lines and nobody else's.
///
/// Entries of the tree (`MerkleTree`), each the RFC 8785 canonical JSON of `{"leaf": …, "salt": …}`: the statement
/// itself (pool, currency, sum of scores, runs and their ledgers' heads), then for each licensor their account followed
/// by their lines. Licensors stand in an order that follows from the payer's secret, not from their names.
public struct RoyaltyStatement: Sendable {
  public static let schema = "orrery.royalties/1"

  public let royalties: Royalties
  public let tree: MerkleTree
  /// 64 hexadecimal digits. Kept: it takes every leaf to compute.
  public let root: String
  /// In the tree's order.
  package let entries: [Value]
  /// Where a licensor's account stands in `entries`.
  let accounts: [String: Int]

  public init(_ royalties: Royalties, _ secret: RoyaltySecret) throws {
    self.royalties = royalties
    var leaves = [royalties.header], accounts: [String: Int] = [:]
    for licensor in royalties.licensors.sorted(by: { secret.place($0.id) < secret.place($1.id) }) {
      accounts[licensor.id] = leaves.count
      leaves.append(licensor.leaf)
      leaves += licensor.lines.map(\.leaf)
    }
    self.accounts = accounts
    entries = try leaves.map { ["leaf": $0, "salt": .string(secret.salt(try JSON.canonical($0, at: "royalties")))] }
    tree = MerkleTree(try entries.map { MerkleTree.leaf(try JSON.canonical($0, at: "royalties")) })
    root = Hex.text(tree.root)
  }

  /// The whole statement, the payer's own copy: it names every licensor.
  public var value: Value {
    var value = royalties.header.removing("kind")
    value.set("root", .string(root))
    value.set("leaves", Value(entries.count))
    value.set("beside", .string(royalties.beside.amount))
    value.set(
      "licensors",
      .array(
        royalties.licensors.map { licensor in
          var account = licensor.leaf.removing("kind")
          account.set("lines", .array(licensor.lines.map { $0.leaf.removing("kind").removing("licensor") }))
          return account
        }))
    value.set("note", .string(Royalties.caution))
    return value
  }

  /// The same as canonical JSON, for a file.
  public var text: String { get throws { try JSON.canonical(value, at: "royalties") + "\n" } }

  /// One licensor's account and lines with the way to the root, to be given to them: `orrery.royalty-proof/1`.
  /// - Throws: `Problem` when the licensor is not in the statement.
  public func proof(for licensor: String) throws -> RoyaltyProof {
    guard let from = accounts[licensor],
      let lines = royalties.licensors.first(where: { $0.id == licensor })?.lines.count
    else {
      throw Problem.usage(
        "'\(FieldReader.shortened(licensor))' is not among the \(royalties.licensors.count) licensors of these runs"
          + FieldReader.hint(licensor, royalties.licensors.map(\.id)),
        at: "--licensor", fix: "copy the identifier from the table of 'orrery consent royalties'")
    }
    let places = [0] + Array(from...from + lines)
    return RoyaltyProof([
      "schema": .string(RoyaltyProof.schema), "licensor": .string(licensor), "root": .string(root),
      "leaves": Value(entries.count), "from": Value(from),
      "statement": entries[0], "account": entries[from], "lines": .array(Array(entries[(from + 1)...(from + lines)])),
      "path": .array(tree.proof(for: places).map { .string(Hex.text($0)) }), "note": .string(RoyaltyProof.note),
      "signatures": .array(
        try royalties.runs.compactMap { try $0.vouched.map { try JSON.parse($0.line(), at: "ledger") } }),
    ])
  }
}

extension Royalties {
  /// What binds all lines: the pool, what it is divided by, and the ledgers it was counted from.
  package var header: Value {
    var value: Value = [
      "kind": "statement", "schema": .string(RoyaltyStatement.schema), "pool": .string(pool.money.amount),
      "currency": .string(currency.code), "score": .string(String(score)),
      "licensors": Value(licensors.count), "lines": Value(licensors.reduce(0) { $0 + $1.lines.count }),
      "runs": .array(runs.map(\.leaf)),
    ]
    if let name = pool.name { value.set("pool_name", .string(name)) }
    if pool.onlyStated { value.set("only_stated", true) }
    return value
  }
}

extension Royalties.Source {
  /// `head` is the ledger's last line; `signed` the last one the run's `key` vouches for, with all before it.
  package var leaf: Value {
    var value: Value = ["run": .string(run), "head": .string(head), "closed": .bool(closed)]
    if let vouched, let key { value.set("signed", ["head": .string(vouched.hash), "key": .string(key)]) }
    return value
  }
}

extension Royalties.Licensor {
  package var leaf: Value {
    var value: Value = [
      "kind": "account", "licensor": .string(id), "lines": Value(lines.count), "frames_seen": Value(seen),
      "frames_in_loss": Value(framesInLoss), "score": .string(String(score)),
      "share": .string(share.amount), "beside": .string(beside.amount), "total": .string(total.amount),
    ]
    if let name { value.set("name", .string(name)) }
    return value
  }
}

extension Royalties.Line {
  package var leaf: Value {
    var value: Value = [
      "kind": "line", "licensor": .string(key.licensor), "manifest": .string(key.manifest), "grant": .string(key.grant),
      "clip": .string(key.clip), "basis": .string(basis),
      "standing": .string(standing), "compensation": .string(terms.kind.rawValue),
      "weight": .string(String(terms.weight)), "frames_seen": Value(usage.seen),
      "frames_in_loss": Value(usage.framesInLoss), "score": .string(String(score)), "amount": .string(amount.amount),
    ]
    if let rate = terms.rate { value.set("rate", .string(rate)) }
    if let payee = terms.payee { value.set("payee", .string(payee)) }
    return value
  }
}
