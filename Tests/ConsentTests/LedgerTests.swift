import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Media
import TestKit
import Testing

@Suite struct LedgerTests {
  static let open: Value = [
    "clips": [
      "a": ["grant": "g1", "licensor": "did:A"], "b": ["grant": "g2", "licensor": "did:B"],
      "c": ["grant": "g2", "licensor": "did:B"],
    ]
  ]

  static func exposure(
    _ steps: Range<Int>,
    _ clips: [String: Usage] = ["a": Usage(seen: 16, framesInLoss: 12), "b": Usage(seen: 8, framesInLoss: 8)]
  ) -> Value {
    LedgerBody.exposure(steps: steps, clips: clips)
  }

  /// Two checkpoints of ten steps each.
  static func write(_ path: String, run: String = "run-1") throws {
    let ledger = try LedgerWriter(path: path, run: run, clock: { noon })
    try ledger.append(.open, open)
    for step in [0, 10] {
      try ledger.append(.exposure, exposure(step..<step + 10))
      try ledger.flush()
      try ledger.append(.checkpoint, LedgerBody.checkpoint(step: step + 10, weightsSHA256: digest("w\(step)")))
      try ledger.flush()
    }
  }

  @Test func totalsAreWhatWasWritten() throws {
    try withFolder { folder in
      try Self.write(folder + "/ledger.jsonl")
      let sum = try LedgerReader.verify(folder + "/ledger.jsonl", run: "run-1")
      #expect(sum.records == 5 && sum.steps == 20 && sum.run == "run-1" && !sum.closed && sum.tornTail == 0)
      #expect(
        sum.clips == ["a": Usage(seen: 32, framesInLoss: 24), "b": Usage(seen: 16, framesInLoss: 16)]
          && sum.total == Usage(seen: 48, framesInLoss: 40))
      #expect(
        sum.grants["g1"] == Usage(seen: 32, framesInLoss: 24)
          && sum.licensors["did:B"] == Usage(seen: 16, framesInLoss: 16)
          && sum.voided == Usage())
      #expect(sum.checkpoints.map(\.step) == [10, 20] && sum.checkpoints[1].weightsSHA256 == digest("w10"))
      #expect(
        try LedgerReader.reading(folder + "/ledger.jsonl").exposures().seen.first { $0.key.clip == "a" }?.value == 32)
      #expect(sum.text.contains("did:A: 32 frames seen, 24 in the loss") && sum.value["steps"] == 20)
      #expect(sum.head.count == 64)
    }
  }

  /// The format, from the outside: recompute each hash from the line's own text.
  @Test func hashIsOverTheCanonicalRecordBehindItsDomain() throws {
    try withFolder { folder in
      try Self.write(folder + "/l")
      var prev = String(repeating: "0", count: 64)
      for (i, line) in try Disk.readText(folder + "/l").split(separator: "\n").enumerated() {
        let value = try JSON.parse(String(line), at: "line")
        #expect(
          value["hash"]?.string == digest("orrery-ledger-1" + (try JSON.canonical(value.removing("hash"), at: "line"))))
        #expect(value["prev"]?.string == prev && value["seq"] == .integer(Int64(i)))
        prev = value["hash"]?.string ?? ""
      }
    }
  }

  /// Every byte, changed in turn: never accepted, and the line is named.
  @Test func anyChangedByteNamesItsLine() throws {
    try withFolder { folder in
      let path = folder + "/l"
      try Self.write(path)
      let good = [UInt8](try Disk.read(path))
      var line = 1
      for i in good.indices {
        for new in [good[i] ^ 0x01, 0x0A, 0x20] where new != good[i] {
          var bad = good
          bad[i] = new
          try Data(bad).write(to: URL(fileURLWithPath: path))
          let said = problem { _ = try LedgerReader.verify(path) }
          #expect(said.contains("line \(line):"), "byte \(i): \(said)")
        }
        if good[i] == 0x0A { line += 1 }
      }
      #expect(line == 6)
    }
  }

  @Test func linesRemovedSwappedOrDoubledAreNamed() throws {
    try withFolder { folder in
      let path = folder + "/l"
      try Self.write(path)
      let lines = try Disk.readText(path).split(separator: "\n").map { String($0) + "\n" }
      func said(_ order: [Int]) throws -> Problem? {
        try Disk.write(order.map { lines[$0] }.joined(), to: path)
        return try problemIfAny { try LedgerReader.verify(path) }
      }
      #expect(try said([0, 1, 3, 4])?.contains("line 3:") == true)
      #expect(try said([0, 2, 1, 3, 4])?.contains("line 2:") == true)
      #expect(try said([0, 1, 1, 2, 3, 4])?.contains("line 3:") == true)
      #expect(try said([1, 2, 3, 4])?.contains("line 1:") == true)
      #expect(try said([0, 1, 2, 3, 4]) == nil)
      // A forger who keeps the numbers but not the chain.
      try Self.write(folder + "/other", run: "run-2")
      let other = try Disk.readText(folder + "/other").split(separator: "\n").map { String($0) + "\n" }
      try Disk.write(lines[0] + lines[1] + other[2], to: path)
      #expect(problem { _ = try LedgerReader.verify(path) }.contains("line 3:"))
    }
  }

  @Test func anotherRunsLedgerIsRefused() throws {
    try withFolder { folder in
      try Self.write(folder + "/l")
      let before = try Disk.read(folder + "/l")
      #expect(problem { _ = try LedgerWriter(path: folder + "/l", run: "run-2") }.contains("of the run 'run-1'"))
      #expect(problem { _ = try LedgerReader.verify(folder + "/l", run: "run-2") }.contains("line 1"))
      #expect(try Disk.read(folder + "/l") == before)
    }
  }

  /// Cut anywhere inside the last line, as a kill during a write does: continued, recorded, nothing else lost.
  @Test func aTornLastLineIsCutAndRecorded() throws {
    try withFolder { folder in
      let path = folder + "/l"
      try Self.write(path)
      let good = [UInt8](try Disk.read(path))
      let lastStart = (good.dropLast().lastIndex(of: 0x0A) ?? 0) + 1
      for cut in lastStart + 1..<good.count {
        try Data(good[..<cut]).write(to: URL(fileURLWithPath: path))
        let torn = try LedgerReader.verify(path)
        #expect(torn.tornTail == cut - lastStart && torn.records == 4)
        do {
          let ledger = try LedgerWriter(path: path, run: "run-1", clock: { noon })
          try ledger.append(.close, [:])
          try ledger.flush()
        }
        let sum = try LedgerReader.verify(path)
        // Without its newline alone the record is whole, and stays.
        #expect(
          sum.records == (cut == good.count - 1 ? 7 : 6) && sum.tornLines == 1 && sum.tornTail == 0 && sum.closed,
          "cut \(cut)")
      }
      try Data(good + [0, 0, 0, 0]).write(to: URL(fileURLWithPath: path))
      _ = try LedgerWriter(path: path, run: "run-1")
      #expect(try LedgerReader.verify(path).tornLines == 1)
    }
  }

  @Test func damageElsewhereIsNotMendedAndForeignFilesAreLeftAlone() throws {
    try withFolder { folder in
      let path = folder + "/l"
      try Self.write(path)
      var bytes = [UInt8](try Disk.read(path))
      bytes[40] ^= 1
      bytes.removeLast(5)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      #expect(problem { _ = try LedgerWriter(path: path, run: "run-1") }.contains("line 1"))
      #expect([UInt8](try Disk.read(path)) == bytes)
      for text in ["my notes", "my notes\n", "{\"a\": 1}\n"] {
        try Disk.write(text, to: path)
        #expect(problem { _ = try LedgerWriter(path: path, run: "run-1") }.contains("line 1"))
        #expect(try Disk.readText(path) == text)
      }
      #expect(problem { _ = try LedgerWriter(path: folder, run: "run-1") }.contains("folder"))
      #expect(problem { _ = try LedgerReader.verify(folder + "/none") }.contains("no such file"))
      try Disk.write("", to: folder + "/empty")
      #expect(problem { _ = try LedgerReader.verify(folder + "/empty") }.contains("no records"))
    }
  }

  @Test func resumingVoidsAndNeverBillsTwice() throws {
    try withFolder { folder in
      let path = folder + "/l"
      do {
        try Self.write(path)
        let ledger = try LedgerWriter(path: path, run: "run-1", clock: { noon })
        try ledger.append(.exposure, Self.exposure(20..<25))
        try ledger.append(.exposure, Self.exposure(25..<30))
        try ledger.flush()
      }
      let before = try Disk.read(path)
      let ledger = try LedgerWriter(path: path, run: "run-1", clock: { noon })
      #expect(ledger.countedTo == 30)
      #expect(problem { _ = try ledger.append(.exposure, Self.exposure(20..<30)) }.contains("counted twice"))
      #expect(
        problem { _ = try ledger.voidExposures(after: 22) }.contains("inside the exposure record of steps 20 to 25"))
      #expect(try ledger.voidExposures(after: 20) == 2)
      #expect(try ledger.voidExposures(after: 20) == 0)
      try ledger.append(.open, Self.open)
      try ledger.append(.exposure, Self.exposure(20..<30))
      try ledger.flush()
      let sum = try LedgerReader.verify(path)
      #expect(
        sum.steps == 30 && sum.total == Usage(seen: 72, framesInLoss: 60)
          && sum.voided == Usage(seen: 48, framesInLoss: 40))
      #expect(sum == (try ledger.summary()))
      #expect(try Disk.read(path).starts(with: before))
      // Back to the beginning: everything is void.
      #expect(try ledger.voidExposures(after: 0) == 3)
      try ledger.append(.open, Self.open)
      #expect(try ledger.summary().total == Usage() && ledger.countedTo == 0)
    }
  }

  /// Random runs killed and resumed at random: the net count equals the uninterrupted run's.
  @Test func randomKillsEndInTheSameTotals() throws {
    try withFolder { folder in
      for seed in 0..<30 as Range<UInt64> {
        var random = SplitMix64(seed)
        let path = folder + "/l\(seed)"
        var saved = 0, starts = 0
        while saved < 60 {
          starts += 1
          let ledger = try LedgerWriter(path: path, run: "r", clock: { noon })
          try ledger.voidExposures(after: saved)
          try ledger.append(.open, Self.open)
          while saved < 60 {
            try ledger.append(
              .exposure, Self.exposure(saved..<saved + 10, ["c": Usage(seen: saved + 7, framesInLoss: saved)]))
            if random.chance(3) { break }
            try ledger.flush()
            if random.chance(4) { break }
            saved += 10
            try ledger.append(.checkpoint, LedgerBody.checkpoint(step: saved, weightsSHA256: digest("\(saved)")))
            if random.chance(3) { break }
            try ledger.flush()
          }
          // The kill: what was not flushed is gone, and the last line may be torn.
          if random.chance(2) {
            let handle = FileHandle(forWritingAtPath: path)
            try handle?.seekToEnd()
            try handle?.write(contentsOf: Data(#"{"body":{"clips":{"#.utf8))
            try handle?.close()
          }
        }
        let sum = try LedgerReader.verify(path, run: "r")
        #expect(
          sum.clips == ["c": Usage(seen: 150 + 42, framesInLoss: 150)] && sum.steps == 60,
          "seed \(seed), \(starts) starts")
      }
    }
  }

  @Test func whatCannotBeCountedCannotBeWritten() throws {
    try withFolder { folder in
      let ledger = try LedgerWriter(path: folder + "/l", run: "r", clock: { noon })
      #expect(problem { _ = try ledger.append(.exposure, Self.exposure(0..<1)) }.contains("no open record admits it"))
      try ledger.append(.open, Self.open)
      #expect(
        problem { _ = try ledger.append(.exposure, ["from": 0, "to": 1, "clips": ["a": ["seen": 1.5, "loss": 1]]]) }
          .contains("fractional"))
      #expect(
        problem { _ = try ledger.append(.exposure, Self.exposure(0..<1, ["a": Usage(seen: 1, framesInLoss: 2)])) }
          .contains(
            "more is in the loss"))
      #expect(
        problem { _ = try ledger.append(.exposure, Self.exposure(0..<1, ["a": Usage(seen: -1, framesInLoss: -2)])) }
          .contains(
            "not whole"))
      #expect(problem { _ = try ledger.append(.exposure, ["from": 3, "to": 3, "clips": [:]]) }.contains("not whole"))
      #expect(
        problem { _ = try ledger.append(.checkpoint, ["step": 1, "weights_sha256": "abc"]) }.contains("checkpoint"))
      #expect(problem { _ = try ledger.append(.void, ["after": 0, "records": [0]]) }.contains("void"))
      // Past 2^53 a number is not the same in every reader; up to there no sum of a ledger that fits a disk overflows.
      #expect(
        problem { _ = try ledger.append(.exposure, Self.exposure(0..<1, ["a": Usage(seen: .max, framesInLoss: 0)])) }
          .contains(
            "cannot be hashed"))
      try ledger.append(.exposure, Self.exposure(0..<1, ["a": Usage(seen: 1 << 52, framesInLoss: 0)]))
      #expect(try ledger.summary().total.seen == 1 << 52)
    }
  }

  @Test func oneWriterAtATimeAndNoDevices() throws {
    try withFolder { folder in
      let ledger = try LedgerWriter(path: folder + "/l", run: "r")
      #expect(problem { _ = try LedgerWriter(path: folder + "/l", run: "r") }.contains("another process"))
      try ledger.append(.open, Self.open)
      // Endless: reading it whole would take all memory.
      #expect(problem { _ = try LedgerWriter(path: "/dev/zero", run: "r") }.contains("not a regular file"))
      #expect(problem { _ = try LedgerReader.verify("/dev/zero") }.contains("not a regular file"))
      problem { try LedgerWriter(path: "/proc/none/ledger.jsonl", run: "r") }
    }
  }

  @Test func anOpenRecordCarriesWhatTheGateAdmitted() throws {
    try withFolder { folder in
      let clips = try GateTests.write(folder)
      let gate = try GateTests.gate(folder, clips)
      let ledger = try LedgerWriter(path: folder + "/l", run: "r")
      try ledger.append(
        .open, LedgerBody.open((gate.admissions(split: .train) + gate.admissions(split: .train)).map(\.terms)))
      try ledger.append(.exposure, Self.exposure(0..<4, ["a": Usage(seen: 32, framesInLoss: 16)]))
      #expect(
        problem { _ = try ledger.append(.exposure, Self.exposure(4..<8, ["c": Usage(seen: 8, framesInLoss: 8)])) }
          .contains(
            "'c' was used"))
      try ledger.flush()
      let sum = try LedgerReader.verify(folder + "/l")
      // A second set with a clip of the same name and other pixels.
      try FileManager.default.createDirectory(atPath: folder + "/two", withIntermediateDirectories: true)
      let other = try GateTests.gate(folder + "/two", try GateTests.write(folder + "/two", shade: 9))
      #expect(
        problem { _ = try LedgerBody.open((gate.admissions() + other.admissions()).map(\.terms)) }.contains(
          "different clips"))
      #expect(problem { try ledger.append(.export, .object([.init("a", 1), .init("a", 2)])) }.contains("stands twice"))
      #expect(
        sum.grants == ["own": Usage(seen: 32, framesInLoss: 16)]
          && sum.licensors == ["local": Usage(seen: 32, framesInLoss: 16)])
    }
  }
}
