import Files
import Foundation
import Synchronization
import TestKit

/// A parser's cases on two threads.
struct FuzzCampaign: Sendable {
  let target: FuzzTarget
  let corpus: FuzzCorpus
  let plan: FuzzPlan

  /// - Returns: what came of it; the bytes of cases that went wrong lie in `fuzz-faults/`, to be looked at and made into
  ///   tests.
  func run() throws -> FuzzTally {
    let next = Mutex(plan.cases.lowerBound), tally = Mutex(FuzzTally(target: target))
    let broken = Mutex<(any Error)?>(nil), clock = ContinuousClock.now
    DispatchQueue.concurrentPerform(iterations: 2) { thread in
      FuzzTally.beAsNice()
      let folder = corpus.scratch("case-\(target.rawValue)-\(thread)")
      let worker = FuzzWorker(home: corpus.program.home)
      while broken.withLock({ $0 == nil }) {
        let number = next.withLock { n in
          defer { n += 1 }
          return n
        }
        guard number < plan.cases.upperBound else { break }
        do {
          let fuzzCase = FuzzCase(target: target, number: number), isAlone = plan.callsProgram(number)
          var result = try fuzzCase.run(corpus, in: folder, by: isAlone ? corpus.program : worker)
          if let fault = result.fault {
            result.fault = try confirmed(fault, fuzzCase, folder, isAlone)
            if result.fault == nil { tally.withLock { $0.again += 1 } } else if plan.isLong { try keep(number, result) }
          }
          tally.withLock { $0.add(number, result, isAlone: isAlone) }
        } catch { broken.withLock { $0 = $0 ?? Problem("case \(number) of \(target): \(error)", at: folder) } }
        if plan.isLong, number % 500 == 499 { say(number + 1, tally.withLock { $0.faults.count }, clock) }
      }
      tally.withLock { $0.workers += worker.started }
    }
    if let error = broken.withLock({ $0 }) { throw error }
    return tally.withLock {
      $0.seconds = (ContinuousClock.now - clock) / .seconds(1)
      return $0
    }
  }

  /// A worker may have been hurt by an earlier case: the same case by itself tells. The clock is no witness on a machine
  /// that others use: what was only slow is tried again, by itself and by a fresh worker, and is no fault when it is not.
  private func confirmed(
    _ fault: FuzzCase.Fault, _ fuzzCase: FuzzCase, _ folder: String, _ isAlone: Bool
  ) throws -> FuzzCase.Fault? {
    let said = (try? String(contentsOfFile: folder + "/errors", encoding: .utf8)) ?? ""
    let alone = isAlone && !fault.isSlow ? fault : try fuzzCase.run(corpus, in: folder, by: corpus.program).fault
    if fault.isSlow, alone == nil {
      let fresh = try fuzzCase.run(corpus, in: folder, by: FuzzWorker(home: corpus.program.home)).fault
      guard fresh != nil else { return nil }
    }
    let reason = alone.map { "\($0.reason), in a process of its own too" } ?? "\(fault.reason), only after other cases"
    return FuzzCase.Fault(words: fault.words, reason: reason + (said.isEmpty ? "" : "; it said: \(said.suffix(400))"))
  }

  private func keep(_ number: Int, _ result: FuzzCase.Result) throws {
    let folder = Repository.path("fuzz-faults")
    try Disk.makeFolder(folder)
    try Disk.write(result.bytes, to: "\(folder)/\(target.rawValue)-\(number)")
    if let fault = result.fault { FuzzTally.say("\(target.rawValue) \(number): \(fault)") }
  }

  private func say(_ done: Int, _ faults: Int, _ clock: ContinuousClock.Instant) {
    let spent = (ContinuousClock.now - clock) / .seconds(1)
    let left = ProgressLine.left(plan.cases.upperBound - done, after: done - plan.cases.lowerBound, in: spent)
    FuzzTally.say("\(target.rawValue): \(done) cases, \(faults) faults, \(ProgressLine.clock(spent)), \(left) left")
  }
}
