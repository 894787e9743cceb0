import Credentials
import Files
import Foundation
import TestKit
import Testing

/// What media say of training, in the three ways it is written.
@Suite struct TrainingMiningTests {
  private func read(_ assertion: Assertion, in studio: Studio) throws -> TrainingMining {
    var credential = Studio.credential
    credential.assertions = [assertion]
    let path = studio.scratch("said.mp4")
    try Embedder.sign(studio.plain, to: path, credential, by: studio.signer)
    return try #require(try TrainingMining.read(path, trust: studio.trust))
  }

  @Test func threeVersions() throws {
    let studio = try Studio()
    let new = try read(
      Assertion(
        "cawg.training-mining",
        [
          "entries": [
            "cawg.ai_training": ["use": "allowed"],
            "cawg.data_mining": ["use": "constrained", "constraint_info": "ask us"],
          ]
        ]), in: studio)
    #expect(
      new.permission(for: "ai_training") == .allowed && new.permission(for: "data_mining") == .constrained
        && new.permission(for: "ai_inference") == nil)
    #expect(
      new.entries.first { $0.use == "data_mining" }?.constraint == "ask us"
        && TrainingMining.Permission.constrained.forbids)
    let old = try read(
      Assertion("cawg.training-mining", ["cawg.ai_generative_training": ["use": "notAllowed"]]), in: studio)
    #expect(old.permission(for: "ai_generative_training") == .notAllowed)
    let oldest = try read(
      Assertion("c2pa.training-mining", ["entries": ["c2pa.ai_generative_training": ["use": "notAllowed"]]]), in: studio
    )
    #expect(
      oldest.entries.map(\.key) == ["c2pa.ai_generative_training"]
        && oldest.permission(for: "ai_generative_training") == .notAllowed)
    #expect(new.state == .trusted && new.claimedTime?.hasSuffix("Z") == true && new.signer?.keyKind == "ES256")
  }

  @Test func whatCannotBeReadIsNotAllowed() throws {
    let said = try read(
      Assertion("cawg.training-mining", ["entries": ["cawg.ai_training": ["use": "perhaps"], "cawg.data_mining": 7]]),
      in: try Studio())
    #expect(said.permission(for: "ai_training") == .notAllowed && said.permission(for: "data_mining") == .notAllowed)
  }

  /// A film signed again without a word on training still carries its parent's.
  @Test func theParentsWordCounts() throws {
    let studio = try Studio(), again = studio.scratch("again.mp4")
    var credential = Studio.credential
    (credential.assertions, credential.ingredients) = ([], [])
    try Embedder.sign(studio.signed, to: again, credential, by: studio.signer)
    let said = try #require(try TrainingMining.read(again))
    #expect(
      said.permission(for: "ai_training") == .notAllowed && !said.entries.isEmpty
        && said.entries.allSatisfy { !$0.isActive } && said.state == .valid)
  }

  @Test func aChangedWordIsInvalidAndStillForbids() throws {
    let studio = try Studio()
    var data = try Disk.read(studio.signed)
    data[data.last("notAllowed")] ^= 1
    try Disk.write(data, to: studio.scratch("bent.mp4"))
    let said = try #require(try TrainingMining.read(studio.scratch("bent.mp4"), trust: studio.trust))
    #expect(said.state == .invalid && !said.entries.isEmpty && said.entries.allSatisfy { $0.permission == .notAllowed })
  }
}
