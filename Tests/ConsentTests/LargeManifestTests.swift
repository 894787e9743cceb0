import Clips
import Consent
import Files
import Foundation
import Frames
import Testing

/// A manifest of a hundred thousand clips: read, verified and held against a dataset's list within what a preflight may
/// take.
@Suite struct LargeManifestTests {
  /// What is promised of a release build; an unoptimised one is several times slower.
  #if DEBUG
    static let limit = Duration.seconds(180)
  #else
    static let limit = Duration.seconds(30)
  #endif

  @Test func aHundredThousandSignedClipsAreCheckedInHalfAMinute() throws {
    try withFolder { folder in
      let count = 100_000, studio = try fixedKey(1), names = (0..<count).map { "reel/shot_\($0)" }
      let path = folder + "/optin.json"
      try Disk.write(
        JSON.pretty(document(assets: names.map { asset($0) }).licensed(by: studio).signed(by: studio)), to: path)
      let list = try revocations(studio, entries: names.prefix(1000).map { ["clip": .string($0)] })
      let records = names.enumerated().map {
        ClipRecord(id: $1, start: $0, frames: 1, split: .train, framesSHA256: digest($1))
      }
      let start = ContinuousClock.now
      let manifest = try Manifest(path: path), request = request { $0.unsignedBases = [] }
      let read = ContinuousClock.now
      let assurance = ConsentPolicy(trust: try trust(studio), revocations: [list]).assurance(of: manifest, at: noon)
      let decisions = Gate.decide(records, manifest, request, assurance), end = ContinuousClock.now
      print(
        "100,000 clips: read and verified in \(read - start), decided in \(end - read), \(try Disk.read(path).count) bytes"
      )
      #expect(decisions.filter(\.decision.isAdmitted).count == count - 1000 && end - start < Self.limit)
    }
  }
}
