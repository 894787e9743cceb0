import Files
import Ledger
import TestKit
import Testing

@Suite struct ApportionTests {
  /// Four thousand random pools and scores: the parts add up, none is a unit or more away from its exact share, and
  /// more score never gets less.
  @Test func partsAddUpAndStandWithinAUnitOfTheirExactShare() throws {
    var random = SplitMix64(41)
    for round in 0..<4000 {
      let n = Int.random(in: 1...40, using: &random)
      let total =
        random.chance(3)
        ? UInt64.random(in: 0...50, using: &random)
        : UInt64.random(in: 0...UInt64.max >> Int.random(in: 0...60, using: &random), using: &random)
      let wide = random.chance(4)
      var scores = (0..<n).map { _ in
        random.chance(6)
          ? UInt128(0)
          : wide
            ? UInt128(UInt64.random(in: 0...UInt64.max, using: &random)) << Int.random(in: 0...58, using: &random)
            : UInt128(UInt64.random(in: 0...1000, using: &random))
      }
      if scores.allSatisfy({ $0 == 0 }) { scores[0] = 7 }
      let parts = try Apportion.parts(total, by: scores), sum = scores.reduce(0, +)
      #expect(parts.reduce(UInt128(0)) { $0 + UInt128($1) } == UInt128(total), "round \(round)")
      for (part, score) in pairs(parts, scores) {
        // floor and ceiling of total·score/sum, by another route than the code's: repeated doubling.
        let exact = Self.scaled(total, score, sum)
        #expect(
          UInt128(part) == exact.floor || (exact.rest && UInt128(part) == exact.floor + 1),
          "round \(round): \(part) of \(score)/\(sum)")
        if score == 0 { #expect(part == 0) }
      }
      for i in scores.indices {
        for j in scores.indices where scores[i] > scores[j] {
          #expect(parts[i] >= parts[j], "round \(round): more score, less money")
        }
      }
    }
  }

  /// ⌊total·score/sum⌋ and whether something is left, bit by bit: no product is ever formed.
  private static func scaled(_ total: UInt64, _ score: UInt128, _ sum: UInt128) -> (floor: UInt128, rest: Bool) {
    var quotient: UInt128 = 0, remainder: UInt128 = 0
    for bit in stride(from: 63, through: 0, by: -1) {
      // (quotient, remainder) · 2, then plus score if the bit is set; remainder and score are at most sum.
      quotient <<= 1
      for add in [remainder, total >> UInt64(bit) & 1 == 1 ? score : 0] where add > 0 {
        if remainder >= sum - add { remainder -= sum - add; quotient += 1 } else { remainder += add }
      }
    }
    return (quotient, remainder > 0)
  }

  @Test func theLargestNumbersThereAreDoNotOverflow() throws {
    let most = UInt128(UInt64.max) * UInt128(UInt64.max)
    #expect(try Apportion.parts(.max, by: [most]) == [.max])
    #expect(try Apportion.parts(.max, by: [most, 1]) == [.max, 0])
    #expect(try Apportion.parts(.max, by: [UInt128.max]) == [.max])
    // 2^64 − 1 is odd: the odd unit goes to the first.
    #expect(try Apportion.parts(.max, by: [most / 2, most / 2]) == [UInt64.max / 2 + 1, UInt64.max / 2])
    #expect(problem { _ = try Apportion.parts(1, by: [.max, 1]) }.contains("more than 128 bits"))
  }

  @Test func tiesGoToTheEarlierAndNothingComesOfNothing() throws {
    #expect(try Apportion.parts(100, by: [1, 1, 1]) == [34, 33, 33])
    #expect(try Apportion.parts(5, by: [1, 1, 1]) == [2, 2, 1])
    #expect(try Apportion.parts(2, by: [1, 1, 1]) == [1, 1, 0])
    #expect(try Apportion.parts(1, by: [0, 5, 5]) == [0, 1, 0])
    #expect(try Apportion.parts(0, by: [0, 0]) == [0, 0])
    #expect(try Apportion.parts(0, by: []) == [])
    #expect(problem { _ = try Apportion.parts(1, by: [0, 0]) }.contains("nothing to share by"))
    #expect(problem { _ = try Apportion.parts(1, by: []) }.contains("nothing to share by"))
  }

  @Test func moneyIsReadByItsCurrencyAndWrittenBack() throws {
    for (text, currency, minor) in [
      ("10000.00", "EUR", 1_000_000), ("10000", "EUR", 1_000_000), ("0.5", "EUR", 50), ("12", "JPY", 12),
      ("1.234", "KWD", 1234), ("1", "CLF", 10_000),
    ] as [(String, String, UInt64)] {
      #expect(try money(text, currency).minor == minor)
    }
    #expect(
      try money("0.05").description == "0.05 EUR" && money("7", "JPY").amount == "7"
        && money("0.001", "KWD").amount == "0.001")
    for bad in [
      "10,00", "1.005", "-1", "+1", "1e3", "", ".", "1.", ".5", "0x10", "１０", "92233720368547758.08",
      "1234567890123456789",
    ] {
      #expect(problem { _ = try money(bad) }.contains("is no amount in EUR"), "\(bad)")
    }
    #expect(problem { _ = try money("1.5", "JPY") }.contains("JPY has 0"))
    for code in ["eur", "EU", "EURO", "XXX", "", "E R", "CLP DJF"] { #expect(Currency(code) == nil) }
  }
}
