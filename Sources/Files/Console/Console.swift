import Foundation

/// Where a command speaks: one JSON line (or a readable result) on standard output, everything else on standard error.
public struct Console: Sendable {
  public let json: Bool
  /// Suppresses progress, not notes: for tests.
  public let quiet: Bool

  public init(json: Bool, quiet: Bool = false) { (self.json, self.quiet) = (json, quiet) }

  /// A line for the reader, on standard error. Dropped where it cannot be written, or where the reader does not read for
  /// two seconds: nothing that runs stops for it.
  public func note(_ text: String) {
    if !quiet { StandardStream.error.offer(VisibleName.shown(text) + "\n", patience: 2000) }
  }

  /// The command's result: with `--json` one line of JSON, otherwise `text`.
  /// - Throws: `Problem` when it cannot be written.
  public func result(_ value: Value, _ text: String) throws {
    if quiet { return }
    try StandardStream.output.write((json ? JSON.line(value) : VisibleName.shown(text)) + "\n")
  }

  /// What to run next, quoted so that it can be pasted; the first is the usual way on, the others are there too. Not
  /// part of the result, so it goes to standard error.
  /// - Parameter commands: the words after the program's name; nil for a step that cannot be told here.
  package func next(_ commands: [String]?...) {
    let lines = commands.compactMap { $0 }.map(Shell.orrery)
    guard let first = lines.first else { return }
    note((["\nnext:  " + first] + lines.dropFirst().map { "  or:  " + $0 }).joined(separator: "\n"))
  }

  public func progress(_ label: String, total: Int) -> ProgressLine { ProgressLine(self, label, total) }

  var isTerminal: Bool { isatty(2) == 1 }

  package func status(_ text: String, last: Bool) {
    if quiet { return }
    let text = VisibleName.shown(text)
    let line = isTerminal ? "\r\u{1B}[K" + text + (last ? "\n" : "") : text + "\n"
    StandardStream.error.offer(line)
  }
}
