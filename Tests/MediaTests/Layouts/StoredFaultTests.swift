import CHDF5
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Foreign HDF5 files with parts missing, linked or filtered in unusual ways.
@Suite struct StoredFaultTests {
  private func counterStrike(_ path: String, without lost: Int) {
    let clip = movingDisc(4, height: 8, width: 8), row = 8 * 8 * 3
    handmade(path) { file in
      for i in 0..<4 {
        put(file, "frame_\(i)_x", orrery_h5t_u8(), [8, 8, 3], Array(clip.pixels[i * row..<(i + 1) * row]))
        if i != lost { put(file, "frame_\(i)_y", orrery_h5t_f64(), [2], [Double(i), 0]) }
      }
    }
  }

  @Test func anActionMissingInTheMiddleIsRefusedAndTheLastIsNot() throws {
    let scratch = try Scratch()
    counterStrike(scratch("a.hdf5"), without: 1)
    #expect(problem { _ = try Dataset(path: scratch("a.hdf5")) }.what.contains("action of frame 1 is missing"))
    counterStrike(scratch("b.hdf5"), without: 3)
    let table = try DatasetLook(scratch("b.hdf5"), Reading()).table
    #expect(table.clips[0].actions?.shape == [3, 2])
  }

  @Test func aFileThatManyLinksLeadToIsOpenedOnce() throws {
    let scratch = try Scratch(), clip = movingDisc(1, height: 8, width: 8)
    func part(_ name: String) {
      handmade(scratch(name)) { put($0, "cam", orrery_h5t_u8(), [8, 8, 3], clip.pixels) }
    }
    func whole(_ name: String, _ parts: [String]) {
      handmade(scratch(name)) { file in
        for (i, part) in parts.enumerated() { H5Lcreate_external(part, "/cam", file, "frame_\(i)_x", 0, 0) }
      }
    }
    part("part.h5")
    let many = 1500  // Above what may be open at once.
    whole("whole.h5", [String](repeating: "part.h5", count: many))
    let table = try DatasetLook(scratch("whole.h5"), Reading()).table
    #expect(table.clips[0].pictures.frames == many)
    let names = (0..<65).map { "part\($0).h5" }
    for name in names { part(name) }
    whole("wide.h5", names)
    let it = problem { _ = try DatasetLook(scratch("wide.h5"), Reading()) }
    #expect(it.what.contains("more than 64 files"), "\(it)")
  }

  @Test func aChecksumBetweenShufflesDoesNotMixTheRooms() throws {
    let scratch = try Scratch(), path = scratch("a.h5")
    let count = 4 * 16 * 16 * 3, shape: [hsize_t] = [1, 4, 16, 16, 3]
    let bytes: [UInt8] = (0..<count).map { UInt8($0 % 256) }
    let values: [Float] = bytes.map { Float($0) / 255 }
    handmade(path) { file in
      let space = H5Screate_simple(5, shape, nil), list = H5Pcreate(orrery_h5p_dataset_create())
      H5Pset_chunk(list, 5, shape)
      H5Pset_shuffle(list)
      H5Pset_shuffle(list)
      H5Pset_fletcher32(list)
      H5Pset_deflate(list, 4)
      let id = H5Dcreate2(file, "videos", orrery_h5t_f32(), space, 0, list, 0)
      _ = values.withUnsafeBytes { H5Dwrite(id, orrery_h5t_f32(), 0, 0, 0, $0.baseAddress) }
      H5Dclose(id)
      H5Pclose(list)
      H5Sclose(space)
    }
    let frames = try Dataset(path: path, reading: Reading(["fps=5", "channels=rgb"])).frames(0, 0..<4)
    #expect(frames.pixels == bytes)
  }
}
