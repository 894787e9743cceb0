import Testing
import Training

/// What is said of the first reading, when it takes long.
@Suite struct FirstReadingTests {
  @Test func aLongOneIsToldWithTheTimeToCome() {
    var reading = FirstReading(of: 4, before: 10)
    #expect(reading.take(["a"], seconds: 11.5) == nil && reading.detail == nil)
    #expect(reading.take(["a", "b"], seconds: 14) == nil)
    #expect(reading.detail == "verifying 2/4 clips, 4 s of hashing, 4 s to come")
    #expect(reading.take(["b", "c"], seconds: 16) == nil)
    #expect(reading.detail == "verifying 3/4 clips, 6 s of hashing, 2 s to come")
    #expect(reading.take(["d"], seconds: 18)?.hasPrefix("all 4 clips were read and verified once, 8") == true)
    // Once; from then on it is holding against tags.
    #expect(reading.take(["a"], seconds: 30) == nil && reading.detail == nil)
  }

  @Test func aShortOneIsNotTold() {
    var reading = FirstReading(of: 2)
    #expect(reading.take(["a", "b"], seconds: 1.9) == nil && reading.detail == nil)
  }
}
