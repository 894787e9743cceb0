import Files
import Frames
import Testing
import Worlds

/// Published results stand on these scenes: draws and pixels may only change with the suite's version.
@Suite struct FrozenDrawsTests {
  /// Of "id sha256-of-frames refusals caption" for instances 0 and 7 of every cell at 64 px, one a line.
  @Test(arguments: [
    (Scenario.freeFall, "bbd783a6c9ee9293e107a4f91cfb138fd3d900d77ebcaee340f7383e0f7e4952"),
    (.projectile, "19e5a640535514420e8bd5597283795e92f1397affca886dccae62eb8468bd44"),
    (.occlusion, "58f55e1e5757c83990c8781d50db7e6a7bebd3b21e6fbe94fb40f00647d0a398"),
  ])
  func scenesAreBitIdentical(scenario: Scenario, hash: String) throws {
    let setting = try Setting(size: 64, frames: scenario.suiteFrames)
    let lines = try scenario.cells.flatMap { cell in
      try [0, 7].map { index in
        let instance = try Instance(scenario, cell, index: index, setting: setting)
        return "\(instance.id) \(FrameHash.sha256(instance.render())) \(instance.refusals) \(instance.caption)"
      }
    }
    #expect(Hashing.sha256(lines.joined(separator: "\n")) == hash)
  }

  @Test func theTextureIsBitIdentical() throws {
    let setting = try Setting(height: 48, width: 80, frames: 16, backdrop: .noise(amplitude: 20))
    #expect(
      FrameHash.sha256(try Instance(.freeFall, .train, index: 1, setting: setting).render())
        == "659af832f338c194ea95fccddaa2a3f4b003ffa891d97b1822653b36de005a55")
  }
}
