import Files
import Foundation
import Frames
import Lab
import Media
import TestKit
import Testing
import Worlds

@Suite struct RenderedDatasetTests {
  @Test func aStreamWrittenAndReadIsTheSame() throws {
    let scratch = try Scratch(), path = scratch("worlds.h5")
    let worlds = try WorldDataset(
      scenarios: [.freeFall, .projectile], count: 6, validationShare: 0.34, setting: Setting(size: 32, frames: 12))
    let writer = try worlds.writer(path: path, attributes: ["optin_manifest": "worlds.optin.json"])
    var told = 0
    try worlds.write(into: writer) { told = $0 }
    try writer.finish()
    #expect(told == 6)

    let dataset = try Dataset(path: path)
    #expect(dataset.clips.map(\.split) == [.train, .train, .train, .train, .validation, .validation])
    #expect(dataset.stateColumns == ["x", "y", "vx", "vy", "r", "visible", "inside"])
    #expect(dataset.attributes["scenario"] == "free-fall,projectile" && dataset.fps == World.fps)
    for (i, record) in dataset.clips.enumerated() {
      let clip = try worlds.clip(i), read = try dataset.frames(i, 0..<12)
      let same = read == clip.frames
      #expect(same && record.id == clip.id && record.caption == clip.caption)
    }
  }
}
