import Credentials
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// A film signed and read back.
@Suite struct SigningTests {
  @Test func whatWasSaidIsReadBack() throws {
    let studio = try Studio(), report = try #require(try studio.read(studio.signed))
    #expect(report.state == .trusted && report.failures.isEmpty && report.source == .embedded)
    let manifest = try #require(report.manifests.last)
    #expect(
      manifest.title == "a film" && manifest.generator == "orrery tests"
        && manifest.actions == ["c2pa.created (trainedAlgorithmicMedia)"])
    #expect(
      manifest.ingredients.map(\.relationship) == ["inputTo", "inputTo"]
        && manifest.ingredients.map(\.title) == ["a model", "a dataset"])
    #expect(manifest.generation?["seed"]?.integer == 7 && manifest.generation?["run"]?.string == "0123")
    #expect(report.signer?.algorithm == "ES256" && report.signer?.key?.count == 33)
  }

  /// Everything but the index's offsets is byte for byte the same, and so is every frame.
  @Test func theFramesStay() throws {
    let studio = try Studio()
    #expect(try FrameHash.sha256(VideoReader.read(studio.plain)) == FrameHash.sha256(VideoReader.read(studio.signed)))
    let before = try Disk.read(studio.plain), after = try Disk.read(studio.signed), grown = after.count - before.count
    #expect(grown > 2000 && after.prefix(32) == before.prefix(32))
    let mdat = before.last("mdat") - 4
    #expect(after.suffix(from: mdat + grown) == before.suffix(from: mdat))
  }

  @Test func anUnknownSignerIsValidAndNoMore() throws {
    let studio = try Studio(), other = try Studio()
    for trust in [TrustRoots.none, other.trust] {
      let report = try #require(try studio.read(studio.signed, trust: trust))
      #expect(report.state == .valid && report.failures == ["signingCredential.untrusted"])
    }
  }

  @Test func signingAgainCarriesTheOldStore() throws {
    let studio = try Studio(), again = studio.scratch("again.mp4"), third = studio.scratch("third.mp4")
    var credential = Studio.credential
    (credential.title, credential.source, credential.ingredients) = ("again", nil, [])
    try Embedder.sign(studio.signed, to: again, credential, by: studio.signer, trust: studio.trust)
    try Embedder.sign(again, to: third, credential, by: studio.signer, trust: studio.trust)
    let first = try #require(try studio.read(studio.signed)), second = try #require(try studio.read(again)),
      last = try #require(try studio.read(third))
    #expect(second.state == .trusted && last.state == .trusted)
    #expect(
      second.manifests.map(\.title) == ["a film", "again"] && second.manifests[0].label == first.manifests[0].label)
    #expect(
      second.manifests[1].actions == ["c2pa.opened"]
        && second.manifests[1].ingredients.map(\.relationship) == ["parentOf"])
    #expect(last.manifests.count == 3)
    #expect(try FrameHash.sha256(VideoReader.read(third)) == FrameHash.sha256(VideoReader.read(studio.plain)))
    // In place is the same as aside.
    try Embedder.sign(studio.signed, to: studio.signed, credential, by: studio.signer, trust: studio.trust)
    #expect(try studio.read(studio.signed)?.manifests.count == 2)
  }

  /// A parent that was damaged stays visibly so, and does not take its child with it: whoever used it said so.
  @Test func aDamagedParentIsRecorded() throws {
    let studio = try Studio(), bent = studio.scratch("bent.mp4"), again = studio.scratch("again.mp4")
    var data = try Disk.read(studio.signed)
    data[data.last("notAllowed")] ^= 1
    try Disk.write(data, to: bent)
    try Embedder.sign(bent, to: again, Studio.credential, by: studio.signer, trust: studio.trust)
    let report = try #require(try studio.read(again))
    #expect(report.state == .trusted && report.failures.isEmpty)
    #expect(
      report.findings.contains {
        $0.code == .assertionMismatch && $0.kind == .informational && $0.manifest == report.manifests[0].label
      })
  }

  @Test func twoStoresAreRefused() throws {
    let studio = try Studio(), twice = studio.scratch("twice.mp4")
    let data = try Disk.read(studio.signed)
    let length = data[32..<36].reduce(0) { $0 << 8 | Int($1) }
    try Disk.write(data + data[32..<32 + length], to: twice)
    #expect(throws: Problem.self) { try studio.read(twice) }
    #expect(throws: Problem.self) { try Embedder.sign(twice, to: twice, Studio.credential, by: studio.signer) }
  }

  @Test func whatIsNoPlainMP4IsNotSigned() throws {
    let studio = try Studio(), out = studio.scratch("out.mp4"), whole = try Disk.read(studio.plain)
    let fragmented = whole + Data([0, 0, 0, 8]) + Data("moof".utf8)
    for (name, data) in [
      ("empty", Data()), ("text", Data("not a film".utf8)), ("cut", whole.dropLast(40)), ("index", whole.prefix(32)),
      ("fragmented", fragmented),
    ] {
      try Disk.write(Data(data), to: studio.scratch(name))
      #expect(throws: Problem.self, "\(name)") {
        try Embedder.sign(studio.scratch(name), to: out, Studio.credential, by: studio.signer)
      }
      #expect(!Disk.exists(out))
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: studio.scratch.path).allSatisfy { !$0.hasSuffix(".part") })
  }

  @Test func sidecars() throws {
    let studio = try Studio(), weights = studio.scratch("model.safetensors")
    try Disk.write(Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }), to: weights)
    var credential = Studio.credential
    credential.source = .weights
    #expect(try Sidecar.write(for: weights, credential, by: studio.signer) == studio.scratch("model.c2pa"))
    let report = try #require(try studio.read(weights))
    #expect(
      report.state == .trusted && report.source == .sidecar(studio.scratch("model.c2pa"))
        && report.manifests[0].actions == ["c2pa.created (trainedAlgorithmicData)"])
    var data = try Disk.read(weights)
    data[2_000_000] ^= 1
    try Disk.write(data, to: weights)
    #expect(try studio.read(weights)?.failures == ["assertion.dataHash.mismatch"])
    try Disk.write(data + Data([0]), to: weights)
    #expect(try studio.read(weights)?.state == .invalid)
  }

  @Test func nothingThereIsNothingSaid() throws {
    let studio = try Studio()
    #expect(try studio.read(studio.plain) == nil)
    #expect(try TrainingMining.read(studio.plain) == nil)
    #expect(throws: Problem.self) { try studio.read(studio.scratch("none.mp4")) }
  }
}
