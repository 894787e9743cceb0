import Files
import Foundation

/// What came of a parser's cases.
struct FuzzTally: Sendable {
  let target: FuzzTarget
  /// All, those in a process of their own, and those whose file was read (the first call ended with 0).
  private(set) var cases = 0, alone = 0, read = 0
  private(set) var faults: [(number: Int, fault: FuzzCase.Fault)] = []
  /// The slowest call, and the most memory one had.
  private(set) var worst = (seconds: 0.0, number: 0), bytes = 0
  /// Seconds for all of it, and workers that were started for it.
  var seconds = 0.0, workers = 0
  /// Cases that were slow once and not when tried again.
  var again = 0

  init(target: FuzzTarget) { self.target = target }

  mutating func add(_ number: Int, _ result: FuzzCase.Result, isAlone: Bool) {
    cases += 1
    if isAlone { alone += 1 }
    if result.outcomes.first?.status == 0 { read += 1 }
    if let fault = result.fault { faults.append((number, fault)) }
    for outcome in result.outcomes {
      if outcome.seconds > worst.seconds { worst = (outcome.seconds, number) }
      bytes = max(bytes, outcome.bytes)
    }
  }

  static func table(_ tallies: [FuzzTally]) -> String {
    let head = [
      "parser", "cases", "alone", "read", "refused", "faults", "seconds", "again", "worst call", "of case",
      "peak memory",
      "workers",
    ]
    return TextTable.text(
      [head]
        + tallies.map {
          [
            $0.target.rawValue, "\($0.cases)", "\($0.alone)", "\($0.read)", "\($0.cases - $0.read)",
            "\($0.faults.count)", "\(Int($0.seconds.rounded()))", "\($0.again)", Text.short($0.worst.seconds) + " s",
            "\($0.worst.number)", "\($0.bytes >> 20) MB", "\($0.workers)",
          ]
        })
  }

  /// As nice as the process is: on Linux that is a thread's, and Dispatch makes its own threads as it likes them.
  static func beAsNice() {
    setpriority(
      __priority_which_t(PRIO_PROCESS.rawValue), 0,
      getpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(getpid())))
  }

  static func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
