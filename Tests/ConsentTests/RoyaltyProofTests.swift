import Consent
import Files
import Foundation
import Ledger
import TestKit
import Testing

private let share: Value = ["model": "royalty-share", "currency": "EUR"]

@Suite struct RoyaltyProofTests {
  private func statement(_ licensors: Int = 5, clips: Int = 3) throws -> RoyaltyStatement {
    var c = RoyaltyCase()
    for l in 0..<licensors {
      for i in 0..<(l % clips + 1) {
        c.use("did:\(l)", "g\(i % 2)", "clip-\(l)-\(i)", seen: 10 * l + i + 1, weight: i + 1, compensation: share)
      }
    }
    c.use(
      "did:0", "rate", "rated", seen: 77, compensation: ["model": "per-exposure", "rate": "0.33", "currency": "EUR"])
    return try c.statement("1234.56")
  }

  @Test func everyLicensorsProofHoldsUnderTheOneRoot() throws {
    for n in 1...9 {
      let made = try statement(n)
      for licensor in made.royalties.licensors {
        let proof = try made.proof(for: licensor.id), said = try VerifiedRoyalty(proof, root: made.root, at: "test")
        #expect(
          said.licensor == licensor.id && said.share == licensor.share && said.total == licensor.total
            && said.seen == licensor.seen && said.lines.count == licensor.lines.count)
        #expect(said.runs.map(\.head) == made.royalties.runs.map(\.head) && said.pool.amount == "1234.56")
      }
    }
    #expect(problem { _ = try self.statement().proof(for: "did:9") }.contains("not among the 5 licensors"))
  }

  /// The same statement has the same root when it is made again, another secret another one, and each figure moves it.
  @Test func theRootIsTheStatements() throws {
    #expect(try statement().root == statement().root)
    #expect(
      try statement().root
        != RoyaltyStatement(try statement().royalties, RoyaltySecret(key: Array(repeating: 9, count: 32))).root)
    var c = RoyaltyCase(), d = RoyaltyCase(), e = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 10)
    d.use("did:A", "g", "a", seen: 11)
    e.use("did:A", "g", "a", seen: 10, weight: 2)
    #expect(
      try Set([
        c.statement("10").root, d.statement("10").root, e.statement("10").root, c.statement("10.01").root,
        c.statement("10", "USD").root,
      ]).count == 5)
  }

  /// Roots that were published and proofs that were handed out must hold for ever.
  @Test func rootsAndProofsAreThese() throws {
    let made = try statement(3), proof = try Hashing.sha256(made.proof(for: "did:1").text),
      text = try Hashing.sha256(made.text)
    #expect(made.root == "26d6b641fafaea48657795c886f640de317ba1c742802b3e9f7bd5906054bb15")
    #expect(proof == "9a9cb41edfd5295822135a698f27ef2fe12ecea1e5ec0da2624862714bf06dfc")
    #expect(text == "0c6eb9b8578d5c493636404b9ef1f9da1f0091b06520132dcfaa59b299be0590")
  }

  /// Nobody else's name, clip, grant or count is in the file, and the hashes of their lines cannot be guessed without
  /// the secret.
  @Test func aProofTellsNothingOfOthers() throws {
    let made = try statement(), text = try made.proof(for: "did:2").text
    for other in made.royalties.lines where other.key.licensor != "did:2" {
      #expect(
        !text.contains(other.key.licensor) && !text.contains(other.key.clip) && !text.contains(other.key.manifest))
    }
    // The leaf of a neighbour, guessed right in every field, without its salt: none of the path.
    let path = Set(try made.proof(for: "did:2").value["path"]?.array?.compactMap(\.string) ?? [])
    let neighbour = try made.proof(for: "did:3")
    for entry in (neighbour.value["lines"]?.array ?? []) + [neighbour.value["account"] ?? .null] {
      let bare = try JSON.canonical(entry["leaf"] ?? .null, at: ""),
        unsalted = try JSON.canonical(["leaf": entry["leaf"] ?? .null, "salt": ""], at: "")
      for guess in [bare, unsalted] {
        #expect(!path.contains(MerkleTree.leaf(guess).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()))
      }
    }
  }

  /// Every byte of the file, changed in turn: refused, and the reason given.
  @Test func anyChangedByteIsRefused() throws {
    try withFolder { folder in
      let path = folder + "/p.json"
      var c = RoyaltyCase()
      c.use("did:A", "g", "a", seen: 5, compensation: share)
      c.use("did:B", "g", "b", seen: 6, compensation: share)
      c.use("did:B", "h", "b2", seen: 7)
      let made = try c.statement("10")
      try made.proof(for: "did:B").write(to: path)
      let good = [UInt8](try Disk.read(path))
      _ = try VerifiedRoyalty(RoyaltyProof(path: path), root: made.root, at: path)
      for i in good.indices {
        for new in [good[i] ^ 0x01, good[i] ^ 0x20, 0x30] where new != good[i] {
          var bad = good
          bad[i] = new
          try Data(bad).write(to: URL(fileURLWithPath: path))
          // Without the published root, too: the proof must not agree with itself.
          let said = problem { _ = try VerifiedRoyalty(RoyaltyProof(path: path), at: path) }
          #expect(said.contains(path), "byte \(i), \(UnicodeScalar(good[i])) to \(UnicodeScalar(new)): '\(said)'")
        }
      }
      for cut in [0, 1, good.count / 2, good.count - 1] {
        try Data(good.prefix(cut)).write(to: URL(fileURLWithPath: path))
        problem { try VerifiedRoyalty(RoyaltyProof(path: path), at: path) }
      }
      try Data(good + [0x0A]).write(to: URL(fileURLWithPath: path))
      #expect(problem { _ = try RoyaltyProof(path: path) }.contains("rewritten"))
    }
  }

  /// Three thousand proofs with one thing in them replaced by something else, written as canonically as a real one:
  /// none holds, none traps.
  @Test func mutatedProofsNeitherHoldNorTrap() throws {
    let made = try statement(3), good = try made.proof(for: "did:1").value
    var random = SplitMix64(11), refused = 0
    try withFolder { folder in
      for round in 0..<3000 {
        let bad = Self.mutated(good, &random)
        guard bad != good, let text = try? JSON.canonical(bad, at: "") else { continue }
        try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: folder + "/p"))
        let said = try problemIfAny { try VerifiedRoyalty(RoyaltyProof(path: folder + "/p"), at: "p") }
        #expect(said != nil, "round \(round) holds: \(text.prefix(200))")
        refused += 1
      }
    }
    #expect(refused > 2500)
  }

  private static func mutated(_ value: Value, _ random: inout SplitMix64) -> Value {
    let odd: [Value] = [
      nil, true, 0, -1, 9_007_199_254_740_991, -9_007_199_254_740_991, "", "0", "-1",
      "340282366920938463463374607431768211455", "999999999999999999.99", "XXX", "line", [], .object([]), ["a": 1],
      .string(String(repeating: "f", count: 64)), [[], []],
    ]
    switch value {
    case .object(let fields) where !fields.isEmpty && !random.chance(12):
      var fields = fields
      let i = Int.random(in: 0..<fields.count, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0: fields.remove(at: i)
      case 1: fields[i].key += "x"
      default: fields[i].value = mutated(fields[i].value, &random)
      }
      return .object(fields)
    case .array(let items) where !items.isEmpty && !random.chance(12):
      var items = items
      let i = Int.random(in: 0..<items.count, using: &random)
      switch Int.random(in: 0..<12, using: &random) {
      case 0: items.remove(at: i)
      case 1: items.append(items[i])
      case 2: items.swapAt(0, i)
      default: items[i] = mutated(items[i], &random)
      }
      return .array(items)
    default: return odd[Int.random(in: 0..<odd.count, using: &random)]
    }
  }

  /// A payer who makes a consistent tree for a lie is found out by the sums, or by the published root.
  @Test func liesThatHashWellAreFoundByTheSums() throws {
    let made = try statement(), proof = try made.proof(for: "did:4")
    func changed(_ body: (inout Value) -> Void) throws -> Problem? {
      var value = proof.value
      body(&value)
      return try withFolder { folder in
        try Disk.write(try JSON.canonical(value, at: "") + "\n", to: folder + "/p")
        return try problemIfAny { try VerifiedRoyalty(RoyaltyProof(path: folder + "/p"), root: made.root, at: "p") }
      }
    }
    func leaf(_ value: inout Value, _ entry: String, _ key: String, _ new: Value) {
      var it = value[entry] ?? .null, own = it["leaf"] ?? .null
      own.set(key, new)
      it.set("leaf", own)
      value.set(entry, it)
    }
    #expect(try changed { _ in } == nil)
    #expect(
      try changed { leaf(&$0, "account", "share", "999.00") }?.contains("do not add up to the account's total") == true)
    #expect(try changed { leaf(&$0, "statement", "score", "999999") }?.contains("parts of 1234.56 EUR") == true)
    #expect(try changed { leaf(&$0, "statement", "pool", "99999.00") }?.contains("parts of 99999.00 EUR") == true)
    #expect(try changed { leaf(&$0, "account", "frames_seen", 1) }?.contains("frames do not add up") == true)
    #expect(try changed { leaf(&$0, "account", "lines", 1) }?.contains("another number of lines") == true)
    #expect(try changed { leaf(&$0, "account", "name", "Somebody Else") }?.contains("do not lead to its root") == true)
    #expect(try changed { $0.set("licensor", "did:1") }?.contains("another licensor's") == true)
    #expect(
      try changed { $0.set("lines", .array(Array($0["lines"]?.array?.dropLast() ?? []))) }?.contains(
        "another number of lines") == true)
    #expect(
      try changed { $0.set("path", .array(($0["path"]?.array ?? []) + [.string(digest("more"))])) }?.contains(
        "too many or too few") == true)
    #expect(
      try changed { $0.set("leaves", 9_007_199_254_740_991) }?.contains("not in a tree of the statement's size") == true
    )
    #expect(try changed { $0.set("from", 0) }?.contains("not in a tree") == true)
    #expect(try changed { $0.set("root", .string(digest("other"))) }?.contains("another statement") == true)
    #expect(try changed { $0.set("extra", 1) }?.contains("not those of a proof") == true)
  }

  /// A signed ledger's close travels with the proof, and only it vouches.
  @Test func theLedgersSignatureTravelsWithTheProof() throws {
    var c = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 5, compensation: share)
    c.use("did:B", "g", "b", seen: 6, compensation: share)
    try withFolder { folder in
      let key = try SigningKey(), signed = try c.ledger(folder, run: "r1", key: key),
        bare = try c.ledger(folder, run: "r2")
      let
        made = try RoyaltyStatement(
          try Royalties(RoyaltyPool(try money("10")), [bare, signed], try c.manifests()), RoyaltyCase.secret),
        proof = try made.proof(for: "did:A")
      let said = try VerifiedRoyalty(proof, root: made.root, at: "p")
      #expect(
        said.runs.map(\.key) == [key.did, nil] && said.runs[0].signedHead == signed.head
          && said.runs[0].head == signed.head)
      #expect(try proof.value["signatures"]?.array?.count == 1 && !proof.text.contains("did:B"))
      // Another key's word for the same record, and no word at all.
      let other = try c.ledger(folder, run: "r1b", key: SigningKey())
      for changed in [
        [], [proof.value["signatures"]?[0] ?? .null, proof.value["signatures"]?[0] ?? .null], [try Self.last(other)],
      ] as [[Value]] {
        var value = proof.value
        value.set("signatures", .array(changed))
        try Disk.write(try JSON.canonical(value, at: "") + "\n", to: folder + "/p")
        #expect(
          problem { _ = try VerifiedRoyalty(RoyaltyProof(path: folder + "/p"), root: made.root, at: "p") }.contains(
            "signature"))
      }
    }
  }

  private static func last(_ ledger: LedgerUsage) throws -> Value {
    try JSON.parse(String(try Disk.readText(ledger.path).split(separator: "\n").last ?? ""), at: "ledger")
  }

  @Test func theSecretIsMadeOnceAndKeptClosed() throws {
    try withFolder { folder in
      let home = HomeFolder(folder + "/home"), first = try RoyaltySecret.open(in: home),
        again = try RoyaltySecret.open(in: home)
      #expect(first.made && !again.made)
      let r = try statement().royalties
      #expect(try RoyaltyStatement(r, first.secret).root == RoyaltyStatement(r, again.secret).root)
      let path = home.file(RoyaltySecret.fileName)
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      #expect(problem { _ = try RoyaltySecret.open(in: home) }.contains("0600"))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      try Data("short".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      #expect(problem { _ = try RoyaltySecret.open(in: home) }.contains("not a secret for salts"))
    }
  }

  @Test func theStatementIsCanonicalAndWhole() throws {
    let made = try statement(), value = try JSON.parse(made.text, at: "statement")
    #expect(try JSON.canonical(value, at: "") + "\n" == made.text)
    #expect(
      value["root"]?.string == made.root && value["pool"] == "1234.56" && value["note"]?.string == Royalties.caution)
    let lines = (value["licensors"]?.array ?? []).flatMap { $0["lines"]?.array ?? [] }
    #expect(lines.count == value["lines"]?.integer && lines.count == made.royalties.lines.count)
  }
}
