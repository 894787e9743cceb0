import Foundation

/// One progress line: done of total, rate, time left. Nothing is shown in the first second; on a terminal it redraws,
/// in a log it speaks every ten seconds and at the end.
public final class ProgressLine {
  private let console: Console
  private let label: String
  private let total: Int
  private let start = ContinuousClock.now
  private var shown: ContinuousClock.Instant?
  /// When the first of it was done, and how much: what came before is warm-up.
  private var first: (instant: ContinuousClock.Instant, done: Int)?

  package init(_ console: Console, _ label: String, _ total: Int) {
    (self.console, self.label, self.total) = (console, label, total)
  }

  /// - Parameter detail: more to show, such as the loss.
  public func update(_ done: Int, _ detail: @autoclosure () -> String = "") {
    let now = ContinuousClock.now
    let first = self.first ?? (now, done)
    self.first = first
    let age = now - (shown ?? start)
    guard
      age > (shown == nil ? .seconds(1) : console.isTerminal ? .milliseconds(200) : .seconds(10))
        || (done == total && shown != nil)
    else { return }
    shown = now
    let elapsed = ProgressLine.seconds(now - start),
      left = ProgressLine.left(total - done, after: done - first.done, in: ProgressLine.seconds(now - first.instant))
    let extra = detail()
    console.status(
      "\(label) \(done)/\(total)\(extra.isEmpty ? "" : "  " + extra)  \(ProgressLine.clock(elapsed)) so far, \(left) left",
      last: done == total)
  }

  /// Time for `rest` more at the rate of what was done since the first; "?" until that took a second.
  package static func left(_ rest: Int, after done: Int, in seconds: Double) -> String {
    rest == 0 ? clock(0) : done > 0 && seconds >= 1 ? clock(Double(rest) * seconds / Double(done)) : "?"
  }

  public var seconds: Double { ProgressLine.seconds(ContinuousClock.now - start) }

  public static func seconds(_ d: Duration) -> Double {
    Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18
  }

  /// "1 h 02 min", "3 min 05 s", "12 s".
  public static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let s = Int(seconds.rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    if s >= 3600 { return "\(s / 3600) h \(two(s / 60 % 60)) min" }
    return s >= 60 ? "\(s / 60) min \(two(s % 60)) s" : "\(s) s"
  }
}
