import Credentials
import Files
import Foundation
import TestKit
import Testing

/// A seeded mutator over signed films: no crash, no hang, and whatever still passes says exactly what was signed of
/// exactly these bytes.
@Suite struct MutationTests {
  @Test func mutatedStores() throws { try run(mutations: 3000, seed: 1) }

  @Test(.soak) func SoakMutatedStores() throws { try run(mutations: 100_000, seed: 2) }

  private func run(mutations: Int, seed: UInt64) throws {
    let studio = try Studio(), path = studio.scratch("mutant.mp4")
    // Two manifests, so that ingredients are mutated too.
    let base = studio.scratch("base.mp4")
    try Embedder.sign(studio.signed, to: base, Studio.credential, by: studio.signer, trust: studio.trust)
    let whole = try Disk.read(base), original = try #require(try studio.read(base))
    let store = 32..<32 + whole[32..<36].reduce(0) { $0 << 8 | Int($1) }
    var random = SplitMix64(seed), counts = [ValidationState: Int](), unreadable = 0, slowest = Duration.zero
    #expect(original.state == .trusted)
    for mutant in 0..<mutations {
      var data = whole
      for _ in 0...random.below(3) { mutate(&data, store, &random) }
      try data.write(to: URL(fileURLWithPath: path))
      let start = ContinuousClock.now
      var read: CredentialReport?
      try problemIfAny { read = try studio.read(path) }
      slowest = max(slowest, ContinuousClock.now - start)
      guard let report = read else { unreadable += 1; continue }
      counts[report.state, default: 0] += 1
      guard report.state != .invalid else { continue }
      // The box itself, its padding and unsigned headers may change; what is said of which bytes may not.
      #expect(says(report) == says(original) && report.signer == original.signer, "mutant \(mutant) of seed \(seed)")
      #expect(media(data) == media(whole), "mutant \(mutant) of seed \(seed)")
      #expect(!report.failures.contains("claimSignature.mismatch"))
    }
    #expect(slowest < .seconds(5))
    #expect(counts[.invalid, default: 0] > mutations / 4)
    print(
      "\(mutations) mutants: \(unreadable) unreadable, \(counts[.invalid, default: 0]) invalid, \(counts[.valid, default: 0]) valid, \(counts[.trusted, default: 0]) trusted and unchanged in what they say; slowest \(slowest)"
    )
  }

  /// What the active manifest states.
  private func says(_ r: CredentialReport) -> [String] {
    guard let m = r.manifests.last else { return [] }
    return [
      m.title ?? "", m.generator ?? "", m.when ?? "", "\(m.actions)", "\(m.ingredients)", "\(m.assertions)",
      "\(m.training)", "\(m.generation.map(JSON.line) ?? "")",
    ]
  }

  /// The film's bytes without the credentials, the brands and the random-access index, which nothing binds.
  private func media(_ data: Data) -> Data {
    var out = Data(), position = 0
    while position + 8 <= data.count {
      var length = data[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      if length == 0 { length = data.count - position }
      if length == 1, position + 16 <= data.count {
        length = data[position + 8..<position + 16].reduce(0) { ($0 << 8 | Int($1)) & 0xFFFF_FFFF_FFFF }
      }
      guard length >= 8, position + length <= data.count else { break }
      let type = String(decoding: data[position + 4..<position + 8], as: UTF8.self)
      if !["uuid", "ftyp", "mfra"].contains(type) { out += data[position..<position + length] }
      position += length
    }
    return out
  }

  private func mutate(_ data: inout Data, _ store: Range<Int>, _ random: inout SplitMix64) {
    // Most of them in the store: that is what is parsed.
    let end = min(store.upperBound, data.count), inside = random.below(10) > 0
    let place = inside ? store.lowerBound + random.below(end - store.lowerBound) : random.below(data.count)
    switch random.below(8) {
    case 0, 1, 2: data[place] ^= 1 << UInt8(random.below(8))
    case 3: data[place] = UInt8(random.below(256))
    case 4: data[place] = [0x00, 0xFF, 0x7F, 0x80, 0x9F, 0xBF, 0x5B, 0x1B][random.below(8)]
    case 5:
      let n = min(4, data.count - place)
      data.replaceSubrange(
        place..<place + n,
        with: [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0, 0, 1], [0x7F, 0xFF, 0xFF, 0xFF]][random.below(4)].prefix(
          n))
    case 6:
      let n = min(1 + random.below(64), data.count - place)
      data.removeSubrange(place..<place + n)
    default:
      let n = min(1 + random.below(64), data.count - place), copy = data[place..<place + n]
      data.insert(contentsOf: copy, at: random.below(data.count))
    }
    data = Data(data)
  }
}
