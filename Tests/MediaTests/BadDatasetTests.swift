import CHDF5
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Every way a dataset file can be wrong ends in one message that names the file and says what to do.
@Suite(.serialized) struct BadDatasetTests {
  @Test func notADataset() throws {
    let scratch = try Scratch()
    try Disk.write("", to: scratch("empty.h5"))
    try Disk.write("not hdf5 at all", to: scratch("text.h5"))
    try Disk.makeFolder(scratch("nothing"))
    let expected = [
      ("none.h5", "no such file"), ("nothing", "folder"), ("empty.h5", "empty"), ("text.h5", "not an HDF5 file"),
    ]
    for (name, words) in expected {
      let it = problem { _ = try Dataset(path: scratch(name)) }
      #expect(it.what.contains(words), "\(it)")
      #expect(it.place?.hasPrefix(scratch(name)) == true)
    }
  }

  @Test func truncated() throws {
    let scratch = try Scratch()
    let writer = try DatasetWriter(path: scratch("a.h5"), height: 48, width: 64, fps: FrameRate(24))
    for i in 0..<4 { try writer.append(id: "c\(i)", frames: movingDisc(16, seed: i), split: .train) }
    try writer.finish()
    let whole = try Disk.read(scratch("a.h5"))
    for length in [4, 100, 700, whole.count / 2, whole.count - 1] {
      try Disk.write(whole.prefix(length), to: scratch("b.h5"))
      let it = problem { _ = try Dataset(path: scratch("b.h5")) }
      #expect(
        it.what.contains("truncated") || it.what.contains("not an HDF5") || it.what.contains("cannot be opened"),
        "\(length): \(it)")
    }
  }

  /// Damage anywhere in the file may be noticed or harmless, but never a trap.
  @Test func flippedBytesNeverTrap() throws {
    let scratch = try Scratch()
    let writer = try DatasetWriter(
      path: scratch("a.h5"), height: 48, width: 64, fps: FrameRate(24), stateColumns: ["x"])
    for i in 0..<3 {
      try writer.append(
        id: "c\(i)", frames: movingDisc(10, seed: i), split: .train, state: Array(repeating: [1], count: 10))
    }
    try writer.finish()
    let whole = [UInt8](try Disk.read(scratch("a.h5")))
    var noticed = 0
    for i in 0..<250 {
      var bytes = whole
      let at = i < 150 ? i * 40 % min(whole.count, 6000) : (i * 7919) % whole.count
      bytes[at] ^= UInt8(1 << (i % 8)) | 0x80
      try Disk.write(Data(bytes), to: scratch("b.h5"))
      do {
        let data = try Dataset(path: scratch("b.h5"))
        for c in data.clips.indices { _ = try data.frames(c, 0..<data.clips[c].frames); _ = try data.state(c) }
      } catch is Problem { noticed += 1 }
    }
    #expect(noticed > 20)
  }

  @Test func wrongColumns() throws {
    let scratch = try Scratch()
    func attempt(_ words: String, _ body: (hid_t) -> Void) throws {
      handmade(scratch("a.h5"), body)
      let it = problem { _ = try Dataset(path: scratch("a.h5")) }
      #expect(it.description.contains(words), "\(it)")
    }
    func pixels(_ file: hid_t) { put(file, "pixels", orrery_h5t_u8(), [4, 2, 2, 3], [UInt8](repeating: 9, count: 48)) }
    func table(_ file: hid_t, _ lengths: [Int64], _ offsets: [Int64]) {
      put(file, "ep_len", orrery_h5t_i64(), [lengths.count], lengths)
      put(file, "ep_offset", orrery_h5t_i64(), [offsets.count], offsets)
    }
    try attempt("'pixels' is missing") { table($0, [4], [0]) }
    try attempt("'ep_len' is missing") { pixels($0) }
    try attempt("32-bit floats") {
      put($0, "pixels", orrery_h5t_f32(), [1, 2, 2, 3], [Float](repeating: 0, count: 12)); table($0, [1], [0])
    }
    try attempt("3 axes") {
      put($0, "pixels", orrery_h5t_u8(), [2, 2, 3], [UInt8](repeating: 0, count: 12)); table($0, [1], [0])
    }
    try attempt("(frames, height, width, 3)") {
      put($0, "pixels", orrery_h5t_u8(), [3, 2, 2, 1], [UInt8](repeating: 0, count: 12)); table($0, [1], [0])
    }
    try attempt("'pixels' has 4 rows") {
      pixels($0); table($0, [5], [0])
    }
    try attempt("'pixels' has 4 rows") {
      pixels($0); table($0, [2], [3])
    }
    try attempt("'pixels' has 4 rows") {
      pixels($0); table($0, [-1], [0])
    }
    try attempt("'pixels' has 4 rows") {
      pixels($0); table($0, [.max], [.max])
    }
    try attempt("overlap") {
      pixels($0); table($0, [3, 3], [0, 1])
    }
    try attempt("ep_offset") {
      pixels($0); table($0, [2, 2], [0])
    }
    try attempt("one row a frame") {
      pixels($0); table($0, [4], [0]); put($0, "state", orrery_h5t_f32(), [3, 1], [Float](repeating: 0, count: 3))
    }
  }

  @Test func missingFilterIsNamed() throws {
    let scratch = try Scratch()
    handmade(scratch("a.h5")) { file in
      let properties = H5Pcreate(orrery_h5p_dataset_create())
      H5Pset_chunk(properties, 4, [2, 2, 2, 3])
      // Blosc2 is nowhere in Debian 12; marked optional, so that the file can be made without it.
      H5Pset_filter(properties, 32026, UInt32(H5Z_FLAG_OPTIONAL), 0, nil)
      let space = H5Screate_simple(4, [4, 2, 2, 3], nil)
      let id = H5Dcreate2(file, "pixels", orrery_h5t_u8(), space, 0, properties, 0)
      H5Dclose(id)
      H5Sclose(space)
      H5Pclose(properties)
      put(file, "ep_len", orrery_h5t_i64(), [1], [Int64(4)])
      put(file, "ep_offset", orrery_h5t_i64(), [1], [Int64(0)])
    }
    let it = problem { _ = try Dataset(path: scratch("a.h5")) }
    #expect(it.what.contains("Blosc2") && it.what.contains("32026"))
  }

  @Test func writerRefusesAndLeavesNothing() throws {
    let scratch = try Scratch()
    do {
      let writer = try DatasetWriter(path: scratch("a.h5"), height: 48, width: 64, fps: FrameRate(24))
      try writer.append(id: "a", frames: movingDisc(3), split: .train)
      #expect(throws: Problem.self) { try writer.append(id: "a", frames: movingDisc(3), split: .train) }
      #expect(throws: Problem.self) { try writer.append(id: "b", frames: movingDisc(3, height: 32), split: .train) }
      #expect(throws: Problem.self) { try writer.append(id: "c", frames: movingDisc(3), split: .train, state: [[1]]) }
    }
    #expect(try scratch.names.isEmpty)
    let empty = try DatasetWriter(path: scratch("b.h5"), height: 48, width: 64, fps: FrameRate(24))
    #expect(throws: Problem.self) { try empty.finish() }
  }
}
