import Files
import Foundation

/// Where a command speaks: one JSON line (or a readable result) on standard output, everything else on standard error.
public struct Console: Sendable {
  public let json: Bool
  /// Suppresses progress, not notes: for tests.
  public let quiet: Bool

  public init(json: Bool, quiet: Bool = false) { (self.json, self.quiet) = (json, quiet) }

  /// A line for the reader, on standard error.
  public func note(_ text: String) { if !quiet { FileHandle.standardError.write(Data((text + "\n").utf8)) } }

  /// The command's result: with `--json` one line of JSON, otherwise `text`.
  public func result(_ value: Value, _ text: String) {
    if quiet { return }
    FileHandle.standardOutput.write(Data(((json ? JSON.line(value) : text) + "\n").utf8))
  }

  /// What to run next; part of the readable result, so it goes to standard error under `--json`.
  public func next(_ command: String) { note("\nnext:  \(command)") }

  public func progress(_ label: String, total: Int) -> Progress { Progress(self, label, total) }

  fileprivate var isTerminal: Bool { isatty(2) == 1 }

  fileprivate func status(_ text: String, last: Bool) {
    if quiet { return }
    let line = isTerminal ? "\r\u{1B}[K" + text + (last ? "\n" : "") : text + "\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
}

/// One progress line: done of total, rate, time left. Nothing is shown in the first second; on a terminal it redraws, in a log it
/// speaks every ten seconds and at the end.
public final class Progress {
  private let console: Console
  private let label: String
  private let total: Int
  private let start = ContinuousClock.now
  private var shown: ContinuousClock.Instant?
  /// When the first of it was done, and how much: what came before is warm-up.
  private var first: (instant: ContinuousClock.Instant, done: Int)?

  fileprivate init(_ console: Console, _ label: String, _ total: Int) { (self.console, self.label, self.total) = (console, label, total) }

  /// - Parameter detail: more to show, such as the loss.
  public func update(_ done: Int, _ detail: @autoclosure () -> String = "") {
    let now = ContinuousClock.now
    let first = self.first ?? (now, done)
    self.first = first
    let age = now - (shown ?? start)
    guard age > (shown == nil ? .seconds(1) : console.isTerminal ? .milliseconds(200) : .seconds(10)) || (done == total && shown != nil) else { return }
    shown = now
    let elapsed = Progress.seconds(now - start), left = Progress.left(total - done, after: done - first.done, in: Progress.seconds(now - first.instant))
    let extra = detail()
    console.status("\(label) \(done)/\(total)\(extra.isEmpty ? "" : "  " + extra)  \(Progress.clock(elapsed)) so far, \(left) left", last: done == total)
  }

  /// Time for `rest` more at the rate of what was done since the first; "?" until that took a second.
  package static func left(_ rest: Int, after done: Int, in seconds: Double) -> String {
    rest == 0 ? clock(0) : done > 0 && seconds >= 1 ? clock(Double(rest) * seconds / Double(done)) : "?"
  }

  public var seconds: Double { Progress.seconds(ContinuousClock.now - start) }

  public static func seconds(_ d: Duration) -> Double { Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18 }

  /// "1 h 02 min", "3 min 05 s", "12 s".
  public static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let s = Int(seconds.rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    if s >= 3600 { return "\(s / 3600) h \(two(s / 60 % 60)) min" }
    return s >= 60 ? "\(s / 60) min \(two(s % 60)) s" : "\(s) s"
  }
}

/// What this process has used, read from the system.
public enum Footprint {
  /// Largest resident set so far, bytes (getrusage counts kB on Linux).
  public static var peakBytes: Int {
    var usage = rusage()
    return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }

  /// Processor seconds so far, all threads.
  public static var processorSeconds: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    func s(_ t: timeval) -> Double { Double(t.tv_sec) + Double(t.tv_usec) * 1e-6 }
    return s(usage.ru_utime) + s(usage.ru_stime)
  }
}
