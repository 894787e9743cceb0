import Consent
import Files
import Ledger
import TestKit
import Testing

/// `void` is the one record that makes usage smaller, so it is believed only when a resume bears it out.
@Suite struct VoidTests {
  /// Appends a record as anybody could who knows SHA-256: in the chain, and signed by nobody.
  static func forge(_ path: String, _ kind: LedgerRecord.Kind, _ body: Value) throws {
    let lines = try Disk.readText(path).split(separator: "\n")
    let last = try LedgerRecord(line: try #require(lines.last).utf8, at: path)
    let record = try LedgerRecord(
      seq: lines.count, prev: last.hash, time: last.time, run: last.run, kind: kind, body: body)
    try Disk.write(try Disk.readText(path) + record.line() + "\n", to: path)
  }

  /// Signed by a key or by nobody; twenty steps, a checkpoint every ten.
  private func write(_ path: String, _ key: SigningKey?, close: Bool) throws {
    let ledger = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
    try ledger.append(.open, LedgerTests.open)
    for step in [0, 10] {
      try ledger.append(.exposure, LedgerTests.exposure(step..<step + 10))
      try ledger.append(.checkpoint, LedgerBody.checkpoint(step: step + 10, weightsSHA256: digest("w\(step)")))
    }
    if close { try ledger.append(.close, ["step": 20]) }
    try ledger.flush()
  }

  @Test(arguments: [true, false]) func aForgedEndTakesNothingBack(_ isSigned: Bool) throws {
    try withFolder { folder in
      let path = folder + "/l", key = isSigned ? try SigningKey() : nil
      try write(path, key, close: false)
      let before = try LedgerReader.verify(path)
      for (after, records) in [(10, [3]), (0, [1])] as [(Int, [Int])] {
        try Self.forge(path, .void, LedgerBody.void(after: after, records: records))
      }
      let sum = try LedgerReader.verify(path)
      #expect(sum.total == before.total && sum.voided == Usage() && sum.steps == 20 && sum.disbelieved == 2)
      #expect(sum.exposures == before.exposures && sum.checkpoints == before.checkpoints)
      #expect(sum.text.contains("the frames are counted"))
      #expect(try LedgerUsage(path).entries.values.reduce(0) { $0 + $1.usage.seen } == before.total.seen)
      #expect(try LedgerReader.trail(path).exposures.allSatisfy { !$0.voided })
      // What is seen anew behind it is counted too: an unsigned end can only add.
      try Self.forge(path, .exposure, LedgerTests.exposure(0..<10))
      #expect(try LedgerReader.verify(path).total.seen == before.total.seen + 24)
      // Nobody who only looks bears it out, though their records are signed.
      let looking = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
      try looking.append(.export, LedgerBody.export(path: "/tmp/x", weightsSHA256: digest("w10")))
      try looking.flush()
      #expect(try LedgerReader.verify(path).voided == Usage())
      // A resume from a checkpoint the record goes behind cannot have written it.
      #expect(
        problem { try looking.append(.open, LedgerTests.open.with("from", 20)) }.contains("no resume did that"))
    }
  }

  /// An empty record takes nothing back, so it must bear out nothing either.
  @Test(arguments: [true, false]) func anEmptyRecordBearsOutNothing(_ isSigned: Bool) throws {
    try withFolder { folder in
      let path = folder + "/l", key = isSigned ? try SigningKey() : nil
      try write(path, key, close: false)
      let before = try LedgerReader.verify(path)
      try Self.forge(path, .void, LedgerBody.void(after: 0, records: [1, 3]))
      try Self.forge(path, .void, LedgerBody.void(after: 0, records: []))
      let sum = try LedgerReader.verify(path)
      #expect(sum.total == before.total && sum.voided == Usage() && sum.disbelieved == 1)
      try write(folder + "/closed", key, close: true)
      try Self.forge(folder + "/closed", .void, LedgerBody.void(after: 0, records: [1, 3]))
      try Self.forge(folder + "/closed", .void, LedgerBody.void(after: 0, records: []))
      #expect(problem { try LedgerReader.verify(folder + "/closed") }.contains("behind the ledger's close"))
    }
  }

  /// A ledger somebody sent need not begin with an opening.
  @Test func useBeforeAnyOpeningIsAnError() throws {
    try withFolder { folder in
      let record = try LedgerRecord(
        seq: 0, prev: LedgerRecord.genesis, time: noon, run: "run-1", kind: .exposure,
        body: LedgerBody.exposure(steps: 0..<1, clips: [:]))
      try Disk.write(record.line() + "\n", to: folder + "/l")
      #expect(problem { try LedgerReader.trail(folder + "/l") }.contains("before any open record"))
    }
  }

  @Test func behindACloseItIsAnError() throws {
    try withFolder { folder in
      let path = folder + "/l", key = try SigningKey()
      try write(path, key, close: true)
      try Self.forge(path, .void, LedgerBody.void(after: 10, records: [3]))
      #expect(problem { try LedgerReader.verify(path) }.contains("behind the ledger's close"))
      #expect(problem { try LedgerReader.history(path) }.contains("behind the ledger's close"))
      // Somebody who went back to that checkpoint says so, and is believed.
      let resumed = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
      try resumed.append(.open, LedgerTests.open.with("from", 10))
      try resumed.flush()
      let sum = try LedgerReader.verify(path)
      #expect(sum.voided == Usage(seen: 24, framesInLoss: 20) && sum.steps == 10 && sum.disbelieved == 0)
    }
  }

  @Test func aResumeIsBelieved() throws {
    try withFolder { folder in
      let path = folder + "/l"
      try write(path, try SigningKey(), close: false)
      let key = try SigningKey(), ledger = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
      #expect(try ledger.voidExposures(after: 10) == 1)
      #expect(try LedgerReader.verify(path).voided == Usage())
      try ledger.append(.open, LedgerTests.open.with("from", 10))
      try ledger.append(.exposure, LedgerTests.exposure(10..<20))
      try ledger.flush()
      let sum = try LedgerReader.verify(path)
      #expect(sum.voided.seen == 24 && sum.total.seen == 48 && sum.steps == 20 && sum.disbelieved == 0)
    }
  }

  @Test func anAnchorProvesTheExtension() throws {
    try withFolder { folder in
      let path = folder + "/l", key = try SigningKey()
      try write(path, key, close: false)
      let witness = try SigningKey(), kept = folder + "/anchor.json"
      let anchor = try LedgerAnchor(try LedgerReader.reading(path), signing: witness, at: noon)
      try Disk.write(anchor.text + "\n", to: kept)
      let read = try LedgerAnchor(path: kept)
      #expect(read == anchor && read.signer == witness.did && read.records == 5 && read.seen == 48)
      #expect(try read.requireExtended(by: try LedgerReader.reading(path)).contains("nothing was added"))
      let whole = try Disk.readText(path)
      do {
        let ledger = try LedgerWriter(path: path, run: "run-1", key: key, clock: { noon })
        try ledger.append(.close, ["step": 20])
        try ledger.flush()
      }
      #expect(
        try read.requireExtended(by: try LedgerReader.reading(path)).contains("1 record were added")
          || read.requireExtended(by: LedgerReader.reading(path)).contains("added since, and nothing changed"))
      // Cut behind the anchor's head; begun anew; another run; a changed anchor.
      try Disk.write(whole.split(separator: "\n").prefix(3).joined(separator: "\n") + "\n", to: path)
      #expect(
        problem { _ = try read.requireExtended(by: try LedgerReader.reading(path)) }.contains("has not passed through"))
      try LedgerTests.write(folder + "/m")
      #expect(problem { _ = try read.requireExtended(by: LedgerReader.reading(folder + "/m")) }.contains("begun anew"))
      try LedgerTests.write(folder + "/n", run: "run-2")
      #expect(problem { _ = try read.requireExtended(by: LedgerReader.reading(folder + "/n")) }.contains("another run"))
      try Disk.write(anchor.text.replacing("\"records\":5", with: "\"records\":4"), to: kept)
      #expect(problem { _ = try LedgerAnchor(path: kept) }.contains("signature does not fit"))
      try Disk.write("{}", to: kept)
      #expect(problem { _ = try LedgerAnchor(path: kept) }.contains("not an anchor"))
    }
  }
}
