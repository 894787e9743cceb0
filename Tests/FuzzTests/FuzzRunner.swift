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

  static let secondsAllowed = 10.0, bytesAllowed = 2 << 30

  var isSlow: Bool { seconds > Self.secondsAllowed }

  /// Why this is no way to end on a damaged file; nil when it is one.
  var fault: String? {
    if isSlow { return "not ended after \(Int(Self.secondsAllowed)) s" }
    if let signal { return "ended by signal \(signal)" }
    if let status, ![0, 1, 2, 75].contains(status) { return "exit \(status)" }
    if bytes > Self.bytesAllowed { return "\(bytes >> 20) MB of memory" }
    return nil
  }
}
