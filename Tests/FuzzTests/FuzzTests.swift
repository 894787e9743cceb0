import Files
import Foundation
import Synchronization
import TestKit
import Testing

/// Damaged files through the command line: exit 0, 1, 2 or 75, within 10 s and 2 GB, and nothing admitted that was not.
/// `make fuzz` runs 10,000 cases a parser; a test run takes a few of each, so that the drivers stay sound.
@Suite(.serialized) struct FuzzTests {
  static let corpus = Result { try FuzzCorpus.untilTheEnd() }

  /// What came of the parsers so far.
  private static let tallies = Mutex<[FuzzTally]>([])

  @Test(arguments: FuzzTarget.allCases) func damagedFilesAreRefused(_ target: FuzzTarget) throws {
    let corpus = try Self.corpus.get(), plan = try FuzzPlan(ProcessInfo.processInfo.environment)
    guard plan.targets.contains(target) else { return }
    let tally = try FuzzCampaign(target: target, corpus: corpus, plan: plan).run()
    let all = Self.tallies.withLock {
      $0.append(tally)
      return $0
    }
    if plan.isLong || all.count == plan.targets.count { FuzzTally.say("\n" + FuzzTally.table(all) + "\n") }
    #expect(tally.cases == plan.cases.count)
    #expect(tally.faults.isEmpty, "\(tally.faults.map { "case \($0.number): \($0.fault)" }.joined(separator: "\n"))")
  }

  /// Every seed and every call of each parser: granted, verified, trusted, but for one manifest that nobody signed; by
  /// the program and by a worker alike.
  @Test(arguments: FuzzTarget.allCases) func soundFilesAreTaken(_ target: FuzzTarget) throws {
    let corpus = try Self.corpus.get(), worker = FuzzWorker(home: corpus.program.home)
    let runners: [any FuzzRunner] = [corpus.program, worker]
    for number in 0..<6 {
      for (i, runner) in runners.enumerated() {
        let result = try FuzzCase(target: target, number: number).runSound(
          corpus, in: corpus.scratch("sound-\(target.rawValue)"), by: runner)
        let isUnsigned = target == .yaml && number % 2 == 1
        #expect(!result.outcomes.isEmpty)
        for outcome in result.outcomes {
          #expect(
            result.fault == nil && outcome.status == (isUnsigned ? 1 : 0),
            "case \(number) by runner \(i): \(outcome) \(result.fault.map { "\($0)" } ?? "")")
        }
      }
    }
    #expect(worker.started == 1)
  }

  @Test func aWorkerThatTrapsHangsOrHoardsIsFoundAndReplaced() throws {
    let scratch = try Scratch(), worker = FuzzWorker(home: scratch.path, patience: 2)
    func outcome(_ words: String...) throws -> FuzzOutcome { try worker.run(words, in: scratch.path) }
    let large = try outcome(FuzzWorkerTests.hold, "300")
    #expect(large.status == 0 && large.bytes > 300 << 20)
    let small = try outcome("--version")
    #expect(small.status == 0 && small.output.count > 5 && small.bytes < large.bytes)
    #expect(try outcome("nonsense").status == 2)
    #expect(worker.started == 1)
    #expect(try outcome(FuzzWorkerTests.trap).fault?.hasPrefix("ended by signal") == true)
    #expect(try outcome(FuzzWorkerTests.hold, "100000").fault?.hasPrefix("ended by signal") == true)
    #expect(worker.started == 2)
    let slow = try outcome(FuzzWorkerTests.hang)
    #expect(slow.fault?.hasPrefix("not ended after") == true && slow.seconds >= 2)
    #expect(try outcome("--version").fault == nil && worker.started == 4)
  }

  @Test func theSameNumberGivesTheSameDamage() {
    let bytes = (0..<4000).map { UInt8($0 % 251) }
    for number in 0..<50 {
      var one = Mutation(key: UInt64(number), words: ["moov"], others: [bytes]), two = one
      #expect(one.apply(to: bytes) == two.apply(to: bytes))
    }
    var one = Mutation(key: 1, words: [], others: []), two = Mutation(key: 2, words: [], others: [])
    #expect(one.apply(to: bytes) != two.apply(to: bytes))
  }

  @Test func sumsOfDamagedPicturesAreMended() throws {
    let sound = [UInt8](try Disk.read(Repository.path("Tests/Fixtures/fuzz/rgb.png")))
    #expect(PNGSums.mended(sound) == sound)
    var damaged = sound
    damaged[17] ^= 1
    let mended = PNGSums.mended(damaged)
    #expect(mended != damaged && mended[..<29] == damaged[..<29] && mended[33...] == sound[33...])
    #expect(PNGSums.mended(Array(sound[..<20])) == Array(sound[..<20]))
  }

  @Test func aProgramThatTrapsHangsOrHoardsIsFound() throws {
    let scratch = try Scratch(), home = scratch("home")
    try Disk.makeFolder(home)
    func outcome(_ script: String) throws -> FuzzOutcome {
      try FuzzedProgram(path: "/bin/sh", home: home, patience: 2).run(["-c", script], in: scratch.path)
    }
    #expect(try outcome("exit 1").fault == nil)
    #expect(try outcome("exit 3").fault == "exit 3")
    #expect(try outcome("kill -SEGV $$").fault == "ended by signal 11")
    let slow = try outcome("sleep 60")
    #expect(slow.fault?.hasPrefix("not ended after") == true && slow.seconds >= 2)
    let hoarded = FuzzOutcome(status: 0, signal: nil, seconds: 0, bytes: 3 << 30, output: Data())
    #expect(hoarded.fault?.contains("memory") == true)
    #expect(try outcome("echo said").output == Data("said\n".utf8))
  }
}
