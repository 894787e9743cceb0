/// What went wrong, said once and whole: what, where, what was expected, what to do next.
///
/// Every error a user can cause is thrown as a `Problem`; the command line prints it and exits with `exit`.
public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
  /// Process exit statuses (docs/DESIGN.md §9).
  public enum Exit: Int32, Sendable { case failure = 1, usage = 2, preempted = 75 }

  /// What is wrong, as a sentence without the place: "the file is truncated".
  public var what: String
  /// The place: a path, a path with line, a key path, a clip's name.
  public var place: String?
  /// What was expected instead.
  public var expected: String?
  /// What the user can do now.
  public var fix: String?
  public var exit: Exit

  public init(
    _ what: String, at place: String? = nil, expected: String? = nil, fix: String? = nil, exit: Exit = .failure
  ) {
    self.what = what
    self.place = place
    self.expected = expected
    self.fix = fix
    self.exit = exit
  }

  /// A mistake in how the command was called or in a file the user wrote for it (exit 2).
  public static func usage(
    _ what: String, at place: String? = nil, expected: String? = nil, fix: String? = nil
  ) -> Problem {
    Problem(what, at: place, expected: expected, fix: fix, exit: .usage)
  }

  public var description: String {
    var text = place.map { "\($0): " } ?? ""
    text += what
    if let expected { text += "\n  expected: \(expected)" }
    if let fix { text += "\n  to fix: \(fix)" }
    return text
  }
}
