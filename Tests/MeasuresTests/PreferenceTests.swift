import Measures
import TestKit
import Testing

@Suite struct PreferenceTests {
  /// Worked by hand: W = [[0,3,4],[1,0,3],[1,2,0]] → .62966, .21965, .15069.
  @Test func bradleyTerryVector() throws {
    let strengths = try #require(BradleyTerry.strengths([[0, 3, 4], [1, 0, 3], [1, 2, 0]]))
    #expect(largestDifference(strengths, [0.62966, 0.21965, 0.15069]) < 5e-6, "\(strengths)")
  }

  /// Two items: odds are the wins' odds, and ten to one is 400 Elo.
  @Test func twoItemsHaveTheirOdds() throws {
    let strengths = try #require(BradleyTerry.strengths([[0, 30], [3, 0]])), elo = BradleyTerry.elo(strengths)
    #expect(
      abs(strengths[0] / strengths[1] - 10) < 1e-9 && abs(elo[0] - elo[1] - 400) < 1e-6 && abs(elo[0] + elo[1]) < 1e-9)
    #expect(BradleyTerry.strengths([[0]]) == [1])
  }

  /// At the maximum each item wins as often as expected: the likelihood's gradient is zero.
  @Test func winsAreAsExpectedAtTheMaximum() throws {
    let wins: [[Double]] = [[0, 5, 2.5, 0], [3, 0, 4, 1], [2.5, 6, 0, 2], [1, 0, 7, 0]],
      s = try #require(BradleyTerry.strengths(wins))
    for i in wins.indices {
      let won = wins[i].reduce(0, +),
        expected = wins.indices.reduce(0) { $0 + (wins[i][$1] + wins[$1][i]) * s[i] / (s[i] + s[$1]) }
      #expect(abs(won - expected) < 1e-8)
    }
  }

  @Test func noStrengthsWithoutWinsBothWays() {
    // 0 beats 1, 1 and 2 beat each other; nobody ever beats 0.
    #expect(BradleyTerry.strengths([[0, 2, 0], [0, 0, 1], [0, 1, 0]]) == nil)
    #expect(BradleyTerry.components([[0, 2, 0], [0, 0, 1], [0, 1, 0]]) == [[0], [1, 2]])
    #expect(BradleyTerry.islands([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]) == [[0, 1], [2, 3]])
  }

  private func answers(_ prompts: Int, _ choose: (Int) -> [(String, String, Preference.Choice)]) -> [Preference] {
    (0..<prompts).flatMap { prompt in choose(prompt).map { Preference(prompt: "p\(prompt)", $0.0, $0.1, $0.2) } }
  }

  @Test func aStudyHasIntervalsOverPrompts() throws {
    let study = PreferenceStudy(
      answers(30) { p in
        [
          ("a", "b", p % 4 == 0 ? .second : .first), ("b", "c", p % 3 == 0 ? .tie : .first),
          ("c", "a", p % 5 == 0 ? .first : .second),
        ]
      }, draws: 500)
    #expect(
      study.items.map(\.name) == ["a", "b", "c"] && study.prompts == 30 && study.answers == 90 && study.ties == 10)
    #expect(study.items[0].elo.value > study.items[1].elo.value && study.items[1].elo.value > study.items[2].elo.value)
    for item in study.items {
      #expect(
        try #require(item.elo.low) < item.elo.value && item.elo.value < #require(item.elo.high) && item.answers == 60)
    }
    #expect(
      abs(study.items.reduce(0) { $0 + $1.elo.value }) < 1e-9
        && abs(study.items.reduce(0) { $0 + ($1.strength ?? 0) } - 1) < 1e-9)
    #expect(study.wins[1][2] == 25 && study.wins[2][1] == 5)
  }

  /// Ten answers on each of few prompts are not that many independent answers.
  @Test func answersOnOnePromptAreNotIndependent() throws {
    func width(_ study: PreferenceStudy) throws -> Double {
      try #require(study.items[0].elo.high) - #require(study.items[0].elo.low)
    }
    func choice(_ i: Int) -> Preference.Choice { i % 3 == 0 ? .second : .first }
    let spread = PreferenceStudy(answers(120) { [("a", "b", choice($0))] }, draws: 500)
    let lumped = PreferenceStudy(answers(12) { p in (0..<10).map { _ in ("a", "b", choice(p)) } }, draws: 500)
    #expect(try width(lumped) > 2 * width(spread))
  }

  @Test func saysWhyThereIsNothing() {
    let apart = PreferenceStudy(
      [Preference(prompt: "p", "a", "b", .tie), Preference(prompt: "q", "c", "d", .tie)], draws: 10)
    #expect(
      apart.caveats == [
        "The comparisons fall into 2 parts that never met: {a, b}, {c, d}. Nothing can be said between them; compare items across parts."
      ])
    #expect(apart.items.allSatisfy { !$0.elo.isApplicable })
    let oneWay = PreferenceStudy(answers(5) { _ in [("a", "b", .first)] }, draws: 10)
    #expect(oneWay.caveats.first?.contains("every answer went one way") == true)
    // One prompt of three carries the only loss: a third of the resamples lack it.
    let fragile = PreferenceStudy(answers(3) { [("a", "b", $0 == 0 ? .second : .first)] }, draws: 500)
    #expect(
      fragile.lost > 0.25 && fragile.items[0].elo.low == nil && fragile.items[0].strength != nil
        && fragile.caveats.first?.contains("no intervals") == true)
    #expect(PreferenceStudy([]).items.isEmpty)
  }
}
