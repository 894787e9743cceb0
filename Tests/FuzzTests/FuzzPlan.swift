import Files

/// What to damage and how often. `ORRERY_FUZZ` is `png`, `png:4000` (from case 4000) or `all`; unset, a few of each.
/// `ORRERY_FUZZ_CASES` is where to stop, `ORRERY_FUZZ_BY` how to call: `program` (a process a call), `worker` (many
/// inputs a process) or, unset, both by turns.
struct FuzzPlan: Sendable {
  let targets: [FuzzTarget]
  let cases: Range<Int>
  let isLong: Bool
  private let by: String?

  /// Of 10,000 cases 527 go through the command line. A number with no divisor of the seeds' and calls' turns.
  private static let turn = 19

  init(_ environment: [String: String]) throws {
    let by = environment["ORRERY_FUZZ_BY"].flatMap { $0.isEmpty ? nil : $0 }
    guard [nil, "program", "worker"].contains(by) else {
      throw Problem.usage("'\(by ?? "")' is no way to call", at: "ORRERY_FUZZ_BY", expected: "program or worker")
    }
    self.by = by
    guard let text = environment["ORRERY_FUZZ"], !text.isEmpty else {
      (targets, cases, isLong) = (FuzzTarget.allCases, 0..<228, false)
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

  /// Whether this case goes through the command line.
  func callsProgram(_ number: Int) -> Bool { by.map { $0 == "program" } ?? (number % Self.turn == 0) }
}
