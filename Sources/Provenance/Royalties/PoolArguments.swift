import Files
import Ledger

/// `--pool 10000.00 EUR RUN…` as it was typed: words after the option are the amount, perhaps the currency, and then
/// runs.
public struct PoolArguments {
  public let money: Money
  public let runs: [String]

  /// - Parameters:
  ///   - words: what stood after `--pool`.
  ///   - runs: what stood elsewhere.
  /// - Throws: `Problem` (usage) when the amount, the currency or the runs are missing or wrong.
  public init(_ words: [String], currency: String?, runs: [String]) throws {
    func bad(_ what: String) -> Problem {
      Problem.usage(
        what, at: "--pool", expected: "an amount, a currency and runs, such as: --pool 10000.00 EUR RUN RUN")
    }
    // "10000.00 EUR" in one word is as good as two.
    var words = words.first.map { $0.split(separator: " ").map(String.init) + words.dropFirst() } ?? []
    guard !words.isEmpty else { throw bad("the amount is missing") }
    let amount = words.removeFirst()
    var code = currency
    if let next = words.first, Currency(next) != nil {
      guard currency == nil || currency == next else {
        throw bad("the currency is \(next) after --pool and \(currency ?? "") after --currency")
      }
      code = next
      words.removeFirst()
    }
    guard let code else {
      throw bad(
        "no currency (ISO 4217) follows the amount"
          + (words.first.flatMap { Currency($0.uppercased()) }.map { "; write \($0) in capitals" } ?? ""))
    }
    guard let known = Currency(code) else {
      throw Problem.usage(
        "'\(RunManifests.shown(code))' is no currency of ISO 4217", at: "--currency",
        expected: "three capitals, such as EUR, JPY or KWD")
    }
    money = try Money(amount, known)
    self.runs = words + runs
    guard !self.runs.isEmpty else { throw bad("no run is named") }
  }
}
