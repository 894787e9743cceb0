import Files
import Measures
import TestKit
import Testing

/// Distances of sets of logits against numpy and scipy (Tests/Fixtures/learnt/make.py).
@Suite struct VideoDistanceTests {
  private func sets() throws -> [(first: FeatureMatrix, second: FeatureMatrix, expected: Value)] {
    try Fixture.json("learnt/expected.json").items("sets").map { set in
      let rows = set["rows"]?.integer ?? 0, columns = set["columns"]?.integer ?? 0
      func matrix(_ key: String) throws -> FeatureMatrix {
        try FeatureMatrix(rows: rows, columns: columns, values: set.numbers(key), at: key)
      }
      return (try matrix("first"), try matrix("second"), set)
    }
  }

  @Test func areSciPys() throws {
    for (first, second, expected) in try sets() {
      let fvd = try VideoDistance.fvd.measure(first, against: second),
        kvd = try VideoDistance.kvd.measure(first, against: second),
        frechet = try #require(expected["frechet"]?.double), discrepancy = try #require(expected["kvd"]?.double)
      // scipy's square root of a singular product is good to some 1e-6.
      #expect(abs(fvd.value - frechet) < 1e-5 * frechet)
      #expect(abs(kvd.value - discrepancy) < 1e-9 * max(1, abs(discrepancy)))
      for found in [fvd, kvd] {
        #expect(found.low <= found.value && found.value <= found.high && found.low < found.high)
      }
      #expect(fvd.note.contains("biased upward") && fvd.note.contains("n = \(first.rows)"))
      #expect(try VideoDistance.fvd.measure(first, against: second, threads: 7) == fvd)
    }
  }

  /// Of equal sets, and of too few clips.
  @Test func endsOfTheScale() throws {
    let (first, _, _) = try sets()[1]
    let none = try VideoDistance.fvd.measure(first, against: first)
    #expect(none.value < 1e-6 && none.low == 0)
    let few = try FeatureMatrix(
      rows: VideoDistance.leastClips - 1, columns: first.columns,
      values: Array(first.values.prefix((VideoDistance.leastClips - 1) * first.columns)), at: "few")
    #expect(throws: Problem.self) { try VideoDistance.fvd.measure(few, against: few) }
  }
}
