import Files
import Foundation

/// What calls the program's commands on damaged files: a process a call, or one process for many.
protocol FuzzRunner {
  /// Calls `orrery` with `words` in `folder`; its standard output and standard error go to `output` and `errors` there.
  func run(_ words: [String], in folder: String) throws -> FuzzOutcome
}

/// How a call ended, and what it took.
struct FuzzOutcome {
  /// The exit status; nil when a signal ended it.
  let status: Int32?
  /// The signal that ended it.
  let signal: Int32?
  let seconds: Double
  /// Most memory resident at once.
  let bytes: Int
  let output: Data

  /// It was ended after so many seconds; nil when it ended by itself.
  var endedAfter: Double?

  static let bytesAllowed = 2 << 30

  /// Seconds a call may take: `seconds` on a machine with nothing else to do, more in proportion where more runs than
  /// there are cores.
  static func allowed(_ seconds: Double) -> Double {
    var load = 0.0
    getloadavg(&load, 1)
    return seconds * min(12, max(1, load / Double(ProcessInfo.processInfo.activeProcessorCount)))
  }

  var isSlow: Bool { endedAfter != nil }

  /// Why this is no way to end on a damaged file; nil when it is one.
  var fault: String? {
    if let endedAfter { return "not ended after \(Int(endedAfter)) s" }
    if let signal { return "ended by signal \(signal)" }
    if let status, ![0, 1, 2, 75].contains(status) { return "exit \(status)" }
    if bytes > Self.bytesAllowed { return "\(bytes >> 20) MB of memory" }
    return nil
  }
}
