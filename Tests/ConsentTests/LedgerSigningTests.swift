import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import TestKit
import Testing

/// Who vouches for a ledger, and what happens when somebody else says they do.
@Suite struct LedgerSigningTests {
  private static func write(_ path: String, _ key: SigningKey?, run: String = "run-1") throws {
    let ledger = try LedgerWriter(path: path, run: run, key: key, clock: { noon })
    try ledger.append(.open, LedgerTests.open)
    try ledger.append(.exposure, LedgerTests.exposure(0..<10))
    try ledger.append(.checkpoint, LedgerBody.checkpoint(step: 10, weightsSHA256: digest("w")))
    try ledger.append(.close, ["step": 10])
    try ledger.flush()
  }

  @Test(arguments: SignatureAlgorithm.allCases) func whoSignedIsSaid(_ algorithm: SignatureAlgorithm) throws {
    try withFolder { folder in
      let key = try SigningKey(algorithm)
      try Self.write(folder + "/l", key)
      let sum = try LedgerReader.verify(folder + "/l", run: "run-1")
      #expect(sum.signing.keys == [key.did] && sum.signing.covered == 4 && sum.signing.before == 0 && sum.closed)
      #expect(sum.text.contains("signed by \(key.did), every record covered"))
      #expect(sum.value["signed"]?["keys"]?[0]?.string == key.did)
      try sum.requireSigned(by: key.did, at: "l")
      #expect(problem { try sum.requireSigned(by: "did:key:z6Mk", at: "l") }.contains(key.did))
      // From the outside: the statement is the canonical record without hash and signature, behind its domain.
      let line = try #require(try Disk.readText(folder + "/l").split(separator: "\n").dropFirst(2).first),
        record = try JSON.parse(String(line), at: "line")
      let body = try #require(record["body"]),
        sig = try #require(body["signature"]?["sig"]?.string.flatMap(Base64URL.decode))
      var bare = record.removing("hash")
      bare.set("body", body.removing("signature"))
      #expect(
        key.verifyingKey.isValid(
          sig, for: Array(("orrery-ledger-signature-1\n" + (try JSON.canonical(bare, at: "line"))).utf8)))
    }
  }

  @Test func anUnsignedLedgerStillVerifiesAndSaysSo() throws {
    try withFolder { folder in
      let path = folder + "/l", key = try SigningKey()
      try Self.write(path, nil)
      #expect(try LedgerReader.verify(path).text.contains("signed by nobody"))
      // Continued by a build that signs: from there on it is.
      let ledger = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
      try ledger.append(.open, LedgerTests.open)
      try ledger.append(.exposure, LedgerTests.exposure(10..<12))
      try ledger.flush()
      let sum = try LedgerReader.verify(path)
      #expect(
        sum.signing.keys == [key.did] && sum.signing.covered == 5 && sum.signing.before == 4
          && sum.text.contains("first 4 records were written unsigned") && sum.text.contains("1 newer record"))
      // And a writer without the key cannot go on unsigned, nor with a signature of its own.
      problem { try ledger.append(.open, [:]) }
    }
    try withFolder { folder in
      try Self.write(folder + "/l", try SigningKey())
      for key in [nil, try SigningKey()] as [SigningKey?] {
        let ledger = try LedgerWriter(path: folder + "/l", run: "run-1", key: key, clock: { noon })
        #expect(
          problem { _ = try ledger.append(.checkpoint, LedgerBody.checkpoint(step: 10, weightsSHA256: digest("v"))) }
            .contains("not signed"))
        if key == nil {
          #expect(problem { _ = try ledger.append(.open, LedgerTests.open) }.contains("without the key"))
        }
      }
    }
  }

  /// A resume on another machine opens with its own key, and both are named.
  @Test func twoMachinesAreBothNamed() throws {
    try withFolder { folder in
      let keys = [try SigningKey(), try SigningKey()]
      for (i, key) in keys.enumerated() {
        let ledger = try LedgerWriter(path: folder + "/l", run: "run-1", key: key, clock: { noon })
        try ledger.append(.open, LedgerTests.open)
        try ledger.append(.exposure, LedgerTests.exposure(i * 10..<i * 10 + 10))
        try ledger.append(.checkpoint, LedgerBody.checkpoint(step: i * 10 + 10, weightsSHA256: digest("w")))
        try ledger.flush()
      }
      #expect(try LedgerReader.verify(folder + "/l").signing.keys == keys.map(\.did))
    }
  }

  /// A forger rewrites a count and every hash after it; what they cannot make is the signature.
  @Test func aRewrittenChainNeedsTheKey() throws {
    try withFolder { folder in
      let path = folder + "/l", other = try SigningKey()
      try Self.write(path, try SigningKey())
      let records = try Disk.readText(path).split(separator: "\n").map { try JSON.parse(String($0), at: "line") }
      func forge(_ change: (Int, inout Value) throws -> Void) throws -> Problem? {
        var prev = String(repeating: "0", count: 64), lines = ""
        for (i, record) in records.enumerated() {
          var record = record.removing("hash")
          record.set("prev", .string(prev))
          try change(i, &record)
          prev = digest("orrery-ledger-1" + (try JSON.canonical(record, at: "line")))
          record.set("hash", .string(prev))
          lines += try JSON.canonical(record, at: "line") + "\n"
        }
        try Disk.write(lines, to: path)
        return try problemIfAny { try LedgerReader.verify(path) }
      }
      func body(_ record: inout Value, _ change: (inout Value) throws -> Void) rethrows {
        var body = record["body"] ?? .null
        try change(&body)
        record.set("body", body)
      }
      #expect(try forge { _, _ in } == nil)
      let changed = try #require(
        try forge { i, record in
          if i == 1 { body(&record) { $0.set("clips", ["a": ["seen": 1, "loss": 1]]) } }
        })
      #expect(changed.contains("line 3") && changed.contains("signature does not fit"))
      let stripped = try forge { i, record in if i == 2 { body(&record) { $0 = $0.removing("signature") } } }
      #expect(stripped?.contains("line 3: the record is not signed") == true)
      let foreign = try #require(
        try forge { i, record in
          guard i == 2 else { return }
          var bare = record
          try body(&record) { body in
            body = body.removing("signature")
            bare.set("body", body)
            let sig = try other.sign(
              Array(("orrery-ledger-signature-1\n" + (try JSON.canonical(bare, at: "line"))).utf8))
            body.set("signature", Signature(alg: "Ed25519", kid: other.did, sig: Base64URL.encode(sig)).value)
          }
        })
      #expect(foreign.contains("line 3") && foreign.contains("signed by another key, \(other.did)"))
    }
  }

  @Test func twoHeadsAreNamed() throws {
    try withFolder { folder in
      let key = try SigningKey(), path = folder + "/l"
      try Self.write(path, key)
      let fork = try Disk.readText(path).split(separator: "\n").map { String($0) + "\n" }
      do {
        let ledger = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
        try ledger.append(.open, LedgerTests.open)
        try ledger.flush()
      }
      try FileManager.default.removeItem(atPath: path)
      try Disk.write(fork.joined() + fork[3], to: path)
      #expect(problem { _ = try LedgerReader.verify(path) }.contains("line 5: the ledger has two heads"))
      let before = try Disk.read(path)
      #expect(problem { _ = try LedgerWriter(path: path, run: "run-1", key: key) }.contains("two heads"))
      #expect(try Disk.read(path) == before)
    }
  }

  @Test func lookingIsCountedApart() throws {
    try withFolder { folder in
      let gate = try GateTests.gate(folder, try GateTests.write(folder)), admissions = gate.admissions(split: .train)
      let ledger = try LedgerWriter(path: folder + "/l", run: "r", clock: { noon }),
        clip = try #require(admissions.first)
      try ledger.append(.open, LedgerBody.open(admissions.map(\.terms), from: 0))
      try ledger.append(.evaluate, LedgerBody.evaluate(use: .heldOut, step: 0, [(clip.terms, 8)]))
      try ledger.append(.evaluate, LedgerBody.evaluate(use: .heldOut, step: 6, [(clip.terms, 8)]))
      try ledger.append(.evaluate, LedgerBody.evaluate(use: .conditioning, [(clip.terms, 4)]))
      try ledger.flush()
      var sum = try LedgerReader.verify(folder + "/l")
      #expect(
        sum.evaluations.total == 20 && sum.evaluations.uses == ["held-out": 16, "conditioning": 4]
          && sum.evaluations.licensors == ["local": 20])
      #expect(sum.total == Usage() && sum.clips.isEmpty)
      #expect(try LedgerReader.reading(folder + "/l").exposures() == Exposures())
      // A resume at step 4 makes the observation of step 6 again.
      #expect(try ledger.voidExposures(after: 4) == 1)
      #expect(try LedgerReader.verify(folder + "/l").evaluations.uses["held-out"] == 16)
      try ledger.append(.open, LedgerBody.open(admissions.map(\.terms), from: 4))
      try ledger.flush()
      sum = try LedgerReader.verify(folder + "/l")
      #expect(sum.evaluations.uses == ["held-out": 8, "conditioning": 4])
      #expect(
        problem { _ = try ledger.append(.evaluate, ["use": "held-out", "clips": ["x": 1], "terms": [:]]) }.contains(
          "by whose leave"))
    }
  }
}
