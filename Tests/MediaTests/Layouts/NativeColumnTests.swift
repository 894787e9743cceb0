import CHDF5
import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Files with the native columns, whatever else they say or do not.
@Suite struct NativeColumnTests {
  private func texts(_ file: hid_t, _ name: String, _ values: [String]) {
    let width = 16, type = H5Tcopy(orrery_h5t_c_s1())
    H5Tset_size(type, width)
    put(
      file, name, type, [values.count],
      values.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) })
    H5Tclose(type)
  }

  private func make(_ path: String, named: Bool, split: [String] = ["train", "validation"]) -> Frames {
    let clip = movingDisc(6, height: 8, width: 8)
    handmade(path) { file in
      put(file, "pixels", orrery_h5t_u8(), [6, 8, 8, 3], clip.pixels)
      put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(4), 2])
      put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 4])
      texts(file, "split", split)
      texts(file, "caption", ["one", "two"])
      if named { texts(file, "clip_id", ["a", "b"]) }
    }
    return clip
  }

  @Test func aRateThatIsSaidLeavesTheRestAsItIs() throws {
    let scratch = try Scratch(), path = scratch("a.h5")
    _ = make(path, named: false)
    for data in [try Dataset(path: path), try Dataset(path: path, reading: Reading(["fps=7"]))] {
      #expect(data.found == nil && data.clips.map(\.split) == [.train, .validation])
      #expect(data.clips.map(\.caption) == ["one", "two"])
    }
    let said = try Dataset(path: path, reading: Reading(["fps=7"]))
    #expect(said.fps == FrameRate(7) && said.isRateSaid && !said.notes.contains { $0.contains("rate") })
    #expect(problem { _ = try Manifest.ListedClip.all(of: Dataset(path: path)) }.fix?.contains("--read fps=") == true)
    #expect(try Manifest.ListedClip.all(of: said).map(\.fps) == ["7/1", "7/1"])
    // As another program's columns it keeps split and captions too.
    let table = try DatasetLook(path, Reading(["camera=pixels"])).table
    #expect(table.clips.map(\.split) == [.train, .validation] && table.clips.map(\.caption) == ["one", "two"])
  }

  @Test func aNativeFileWithoutARateHasTwentyFour() throws {
    let scratch = try Scratch(), path = scratch("a.h5")
    _ = make(path, named: true)
    let data = try Dataset(path: path)
    #expect(data.fps == FrameRate(24) && data.clips.map(\.id) == ["a", "b"])
    #expect(try Manifest.ListedClip.all(of: data).map(\.fps) == ["24/1", "24/1"])
    try data.requireOneRateAndSize()
    let said = try Dataset(path: path, reading: Reading(["fps=12"]))
    #expect(said.fps == FrameRate(12) && said.clips == data.clips)
  }
}
