import Files
import Foundation
import TestKit
import Testing

@Suite struct MomentTests {
  @Test func agreesWithFoundationOverFourCenturies() {
    var random = SplitMix64(1)
    let oracle = ISO8601DateFormatter()
    for _ in 0..<2000 {
      let seconds = Int64.random(in: -6_000_000_000...9_000_000_000, using: &random)
      let text = oracle.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(Moment(seconds: seconds).description == text)
      #expect(Moment(text)?.seconds == seconds)
    }
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01 00:00:00Z",
    "2026-01-01t00:00:00z", "2026-1-1T00:00:00Z",
    "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.Z", "0000-01-01T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z",
    "+026-01-01T00:00:00Z", "2026-01-01", "",
  ]) func refuses(_ text: String) { #expect(Moment(text) == nil) }

  @Test func acceptsLeapDaysAndZeroFractions() {
    #expect(Moment("2024-02-29T00:00:00Z") != nil)
    #expect(Moment("2000-02-29T23:59:59Z") != nil)
    #expect(Moment("2026-01-01T00:00:00.000Z") == Moment("2026-01-01T00:00:00Z"))
  }
}
