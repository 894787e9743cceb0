import CHDF5
import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Folders whose numbers lie, or that could be taken for something else.
@Suite(.serialized) struct FolderFaultTests {
  private func copied(_ name: String, _ scratch: Scratch) throws -> String {
    try FileManager.default.copyItem(atPath: Fixture.path("layouts/" + name), toPath: scratch(name))
    return scratch(name)
  }

  @Test func numbersThatNoDatasetHasAreRefused() throws {
    for (wrong, right) in [("\"fps\": 1e300", "\"fps\": 10"), ("\"fps\": -3", "\"fps\": 10")] {
      let scratch = try Scratch(), path = try copied("lerobot_v21", scratch), info = path + "/meta/info.json"
      let text = try Disk.readText(info)
      #expect(text.contains(right))
      try Disk.write(text.replacing(right, with: wrong), to: info)
      #expect(problem { _ = try Dataset(path: path) }.what.contains("no fps"))
    }
    let scratch = try Scratch(), path = try copied("lerobot_v21", scratch), list = path + "/meta/episodes.jsonl"
    for length in ["9223372036854775807", "4294967297", "4294967296", "99999"] {
      try Disk.write("{\"episode_index\": 0, \"tasks\": [\"t\"], \"length\": \(length)}\n", to: list)
      let it = problem { _ = try Dataset(path: path) }
      #expect(it.exit == .failure && (it.what.contains("length") || it.what.contains("frames")), "\(it)")
    }
  }

  @Test func theLastNumberThereIsHasNoNext() throws {
    let scratch = try Scratch(), path = scratch("pictures")
    try Disk.makeFolder(path)
    let bytes = try PNG.encode(movingDisc(1, height: 8, width: 8))
    for name in ["a9223372036854775807.png", "b9223372036854775807.png"] {
      try Disk.write(Data(bytes), to: path + "/" + name)
    }
    #expect(problem { _ = try Dataset(path: path) }.what.contains("the numbers of frames go from"))
  }

  @Test func whatALayoutDoesNotUseIsRefused() throws {
    let scratch = try Scratch(), path = try copied("webdataset", scratch)
    let it = problem { _ = try Dataset(path: path, reading: Reading(["flip=rows"])) }
    #expect(it.what.contains("flip=rows") && it.what.contains("webdataset") && it.expected == "fps", "\(it)")
    #expect(try Dataset(path: path, reading: Reading(["fps=7"])).fps == FrameRate(7))
  }

  @Test func samplesOfOneNameInTwoShardsAreToldApart() throws {
    let scratch = try Scratch(), path = try copied("webdataset", scratch)
    let shard = try #require(Disk.names(path).first { $0.hasSuffix(".tar") })
    let before = try Dataset(path: path).clips.map(\.id)
    try FileManager.default.copyItem(atPath: path + "/" + shard, toPath: path + "/zz.tar")
    let after = try Dataset(path: path).clips.map(\.id)
    #expect(after.count > before.count && Set(after).count == after.count)
    #expect(after.contains { $0.hasPrefix("zz/") })
  }

  @Test func aFileImportedFromFootageDoesNotMakeItsFolderADataset() throws {
    let scratch = try Scratch(), path = try copied("films_beside", scratch)
    #expect(try !LayoutImport.takes(path))
    _ = try VideoImport.run([path], to: path + "/films.h5", options: VideoImport.Options()) { _, _, _ in }
    #expect(try !LayoutImport.takes(path))
    #expect(try Dataset(path: path).found?.layout == "captioned-films")
    let droid = try copied("droid", scratch)
    #expect(try LayoutImport.takes(droid))
  }

  @Test func aFolderOfNativeFilesIsRefusedInWords() throws {
    let scratch = try Scratch(), path = scratch("set")
    try Disk.makeFolder(path)
    for name in ["a", "b"] {
      let writer = try DatasetWriter(path: "\(path)/\(name).h5", height: 8, width: 8, fps: FrameRate(5))
      try writer.append(id: name, frames: movingDisc(3, height: 8, width: 8), split: .validation)
      try writer.finish()
    }
    let it = problem { _ = try Dataset(path: path) }
    #expect(it.what.contains("native layout") && it.fix?.contains("one by one") == true, "\(it)")
  }

  @Test func anUnsaidThingInAFolderIsAProblem() throws {
    let scratch = try Scratch(), path = scratch("set")
    try Disk.makeFolder(path)
    try FileManager.default.copyItem(atPath: Fixture.path("layouts/bad/unmarked.hdf5"), toPath: path + "/a.hdf5")
    #expect(problem { _ = try Dataset(path: path) }.fix?.contains("--read") == true)
  }

  @Test func aFooterOfFieldsThatCannotBeIsDamaged() throws {
    let scratch = try Scratch(), path = try copied("lerobot_v3", scratch), folder = path + "/meta/episodes"
    let tables = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".parquet") }
    #expect(!tables.isEmpty)
    // A field whose number is the largest there is, and one that stands behind it.
    let largest = [UInt8](repeating: 0xFE, count: 1) + [UInt8](repeating: 0xFF, count: 8) + [0x01]
    let footer: [UInt8] = [0x05] + largest + [0x00, 0x15, 0x00, 0x00]
    let file = Array("PAR1".utf8) + footer + [UInt8(footer.count), 0, 0, 0] + Array("PAR1".utf8)
    for table in tables { try Disk.write(Data(file), to: folder + "/" + table) }
    #expect(problem { _ = try Dataset(path: path) }.what.contains("damaged or cut"))
  }
}
