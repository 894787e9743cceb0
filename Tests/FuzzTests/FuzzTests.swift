import Files
import Foundation
import Synchronization
import TestKit
import Testing

/// Damaged files through the command line: exit 0, 1, 2 or 75, within 10 s and 2 GB, and nothing admitted that was not.
/// `make fuzz` runs 10,000 cases a parser; a test run takes a few of each, so that the drivers stay sound.
@Suite(.serialized) struct FuzzTests {
  static let corpus = Result { try FuzzCorpus() }

  @Test(arguments: FuzzTarget.allCases) func damagedFilesAreRefused(_ target: FuzzTarget) throws {
    let corpus = try Self.corpus.get(), plan = try FuzzPlan(ProcessInfo.processInfo.environment)
    guard plan.targets.contains(target) else { return }
    let faults = try FuzzCampaign(target: target, corpus: corpus, plan: plan).run()
    #expect(faults.isEmpty, "\(faults.map { "case \($0.number): \($0.fault)" }.joined(separator: "\n"))")
  }

  /// Every seed and every call of each parser: granted, verified, trusted, but for one manifest that nobody signed.
  @Test(arguments: FuzzTarget.allCases) func soundFilesAreTaken(_ target: FuzzTarget) throws {
    let corpus = try Self.corpus.get()
    for number in 0..<6 {
      let outcomes = try FuzzCase(target: target, number: number).runSound(
        corpus, in: corpus.scratch("sound-\(target.rawValue)"))
      let isUnsigned = target == .yaml && number % 2 == 1
      #expect(!outcomes.isEmpty)
      for outcome in outcomes {
        #expect(outcome.fault == nil && outcome.status == (isUnsigned ? 1 : 0), "case \(number): \(outcome)")
      }
    }
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

  @Test func aProgramThatTrapsHangsOrHoardsIsFound() throws {
    let scratch = try Scratch(), home = scratch("home")
    try Disk.makeFolder(home)
    func outcome(_ script: String) throws -> FuzzedProgram.Outcome {
      try FuzzedProgram(path: "/bin/sh", home: home).run(["-c", script], in: scratch.path)
    }
    #expect(try outcome("exit 1").fault == nil)
    #expect(try outcome("exit 3").fault == "exit 3")
    #expect(try outcome("kill -SEGV $$").fault == "ended by signal 11")
    let slow = try outcome("sleep 60")
    #expect(slow.fault == "not ended after 10 s" && slow.seconds < 12)
    let hoarded = FuzzedProgram.Outcome(status: 0, signal: nil, seconds: 0, bytes: 3 << 30, output: Data())
    #expect(hoarded.fault?.contains("memory") == true)
    #expect(try outcome("echo said").output == Data("said\n".utf8))
  }
}

/// What to damage and how often: `ORRERY_FUZZ` is `png`, `png:4000` (from case 4000) or `all`; unset, a few of each.
struct FuzzPlan: Sendable {
  let targets: [FuzzTarget]
  let cases: Range<Int>
  let isLong: Bool

  init(_ environment: [String: String]) throws {
    guard let text = environment["ORRERY_FUZZ"], !text.isEmpty else {
      (targets, cases, isLong) = (FuzzTarget.allCases, 0..<24, false)
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let named = FuzzTarget(rawValue: parts[0]).map { [$0] }
    guard let found = parts[0] == "all" ? FuzzTarget.allCases : named, parts.count <= 2,
      let from = parts.count == 2 ? Int(parts[1]) : 0, from >= 0,
      let count = Int(environment["ORRERY_FUZZ_CASES"] ?? "10000"), count > from
    else {
      throw Problem.usage(
        "'\(text)' names nothing to damage", at: "ORRERY_FUZZ",
        expected: "all, or one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")), such as png:4000")
    }
    (targets, cases, isLong) = (found, from..<count, true)
  }
}

/// A parser's cases on two threads.
struct FuzzCampaign: Sendable {
  let target: FuzzTarget
  let corpus: FuzzCorpus
  let plan: FuzzPlan

  /// - Returns: the cases that went wrong; their bytes lie in `fuzz-faults/`, to be looked at and made into tests.
  func run() throws -> [(number: Int, fault: FuzzCase.Fault)] {
    let next = Mutex(plan.cases.lowerBound), found = Mutex<[(number: Int, fault: FuzzCase.Fault)]>([])
    let broken = Mutex<(any Error)?>(nil), clock = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: 2) { worker in
      let folder = corpus.scratch("case-\(target.rawValue)-\(worker)")
      while broken.withLock({ $0 == nil }) {
        let number = next.withLock { n in
          defer { n += 1 }
          return n
        }
        guard number < plan.cases.upperBound else { return }
        do {
          if let (fault, bytes) = try FuzzCase(target: target, number: number).run(corpus, in: folder) {
            found.withLock { $0.append((number, fault)) }
            if plan.isLong { try keep(number, fault, bytes) }
          }
        } catch { broken.withLock { $0 = error } }
        if plan.isLong, number % 500 == 499 { say(number + 1, found.withLock { $0.count }, clock) }
      }
    }
    if let error = broken.withLock({ $0 }) { throw error }
    return found.withLock { $0.sorted { $0.number < $1.number } }
  }

  private func keep(_ number: Int, _ fault: FuzzCase.Fault, _ bytes: Data) throws {
    let folder = Repository.path("fuzz-faults")
    try Disk.makeFolder(folder)
    try Disk.write(bytes, to: "\(folder)/\(target.rawValue)-\(number)")
    FileHandle.standardError.write(Data("\(target.rawValue) \(number): \(fault)\n".utf8))
  }

  private func say(_ done: Int, _ faults: Int, _ clock: ContinuousClock.Instant) {
    let spent = (ContinuousClock.now - clock) / .seconds(1), share = Double(done - plan.cases.lowerBound)
    let left = spent / share * Double(plan.cases.upperBound - done)
    FileHandle.standardError.write(
      Data("\(target.rawValue): \(done) cases, \(faults) faults, \(Int(spent)) s, \(Int(left)) s left\n".utf8))
  }
}
