import CHDF5
import Files
import Foundation
import Frames
import Media
import Synchronization
import TestKit
import Testing

/// However pixels are stored, the loader gives the bytes that a plain H5Dread gives, on any number of threads and with
/// any room.
@Suite(.serialized) struct LoaderTests {
  static let height = 24, width = 40, rows = 53, rowBytes = 24 * 40 * 3

  enum Layout: String, CaseIterable {
    case contiguous, plainChunks, gzip, shuffledGzip, checksummedGzip, checksummed, oneRow, splitFrames
    case partlyWritten
    static var written: [Layout] { allCases.filter { $0 != .partlyWritten } }
  }

  /// Noise over a drift: matches, literals and stored blocks in one stream.
  static let pixels: [UInt8] = (0..<rows * rowBytes).map { i in
    let t = i / rowBytes
    return t % 7 == 3
      ? UInt8(truncatingIfNeeded: (i &* 2_654_435_761) >> 13) : UInt8(truncatingIfNeeded: i % rowBytes / 5 + t)
  }

  /// 53 rows in chunks of 8 (but for the odd layouts): the last chunk is partial. Two clips, the second not at a
  /// chunk's edge.
  static func make(_ path: String, _ layout: Layout) {
    handmade(path) { file in
      let properties = H5Pcreate(orrery_h5p_dataset_create())
      let frames = layout == .oneRow ? 1 : 8,
        side = layout == .splitFrames ? height / 2 : height
      if layout != .contiguous { H5Pset_chunk(properties, 4, [hsize_t(frames), hsize_t(side), hsize_t(width), 3]) }
      if layout == .shuffledGzip { H5Pset_shuffle(properties) }
      if [.gzip, .shuffledGzip, .checksummedGzip, .oneRow, .splitFrames, .partlyWritten].contains(layout) {
        H5Pset_deflate(properties, 4)
      }
      if [.checksummedGzip, .checksummed].contains(layout) { H5Pset_fletcher32(properties) }
      let shape = [rows, height, width, 3].map { hsize_t($0) }
      let space = H5Screate_simple(4, shape, nil),
        id = H5Dcreate2(file, "pixels", orrery_h5t_u8(), space, 0, properties, 0)
      if layout == .partlyWritten {
        let some: [hsize_t] = [16, shape[1], shape[2], 3], memory = H5Screate_simple(4, some, nil)
        H5Sselect_hyperslab(space, H5S_SELECT_SET, [8, 0, 0, 0], nil, some, nil)
        H5Dwrite(id, orrery_h5t_u8(), memory, space, 0, pixels)
        H5Sclose(memory)
      } else {
        H5Dwrite(id, orrery_h5t_u8(), 0, 0, 0, pixels)
      }
      H5Dclose(id)
      H5Sclose(space)
      H5Pclose(properties)
      put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(20), Int64(rows - 20)])
      put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 20])
    }
  }

  static func plain(_ path: String) -> [UInt8] {
    var out = [UInt8](repeating: 0, count: rows * rowBytes)
    handmade(path, existing: true) { file in
      let id = H5Dopen2(file, "pixels", 0)
      H5Dread(id, orrery_h5t_u8(), 0, 0, 0, &out)
      H5Dclose(id)
    }
    return out
  }

  @Test(arguments: Layout.written, [1, 2, 7]) func givesWhatH5DreadGives(layout: Layout, threads: Int) throws {
    let scratch = try Scratch()
    Self.make(scratch("a.h5"), layout)
    let expected = Self.plain(scratch("a.h5"))
    // No room, room for two chunks, room for all: the same bytes.
    for room in [0, 2 * 8 * Self.rowBytes, 1 << 30] {
      let data = try Dataset(path: scratch("a.h5"), cacheBytes: room)
      // Every window of 15, twice over and out of order, so that chunks are met whole, in part and again.
      let windows = (0...5).map { (0, $0) } + (0...18).map { (1, $0) }
      let same = try concurrently(2 * windows.count, threads: threads) { i -> Bool in
        let (clip, first) = windows[i * 7 % windows.count], row = first + 20 * clip
        return try data.frames(clip, first..<first + 15).pixels
          == Array(expected[row * Self.rowBytes..<(row + 15) * Self.rowBytes])
      }
      #expect(same.allSatisfy { $0 }, "\(layout), \(threads) threads, \(room) bytes")
      #expect(data.cachedBytes <= room)
    }
  }

  /// Rows that a recorder never wrote are black to libhdf5; they are named, not read.
  @Test func rowsNeverWrittenAreNoBlackFrames() throws {
    let scratch = try Scratch()
    Self.make(scratch("a.h5"), .partlyWritten)
    let data = try Dataset(path: scratch("a.h5"))
    let said = data.notes.joined(separator: "\n")
    #expect(said.contains("rows 0 to 8 of 'pixels' were never written: clip 'episode_000000' is incomplete"), "\(said)")
    #expect(said.contains("rows 24 to 53 of 'pixels' were never written: clip 'episode_000001' is incomplete"))
    #expect(try data.frames(0, 8..<20).pixels == Array(Self.pixels[..<(12 * Self.rowBytes)]))
    for (clip, rows) in [(0, 0..<9), (1, 3..<9), (1, 20..<30)] {
      let it = problem { _ = try data.frames(clip, rows) }
      #expect(it.what.contains("never written") && it.place?.contains("clip 'episode_00000\(clip)'") == true, "\(it)")
    }
    #expect(throws: Problem.self) { try data.sha256(0) }
    for layout in [Layout.contiguous, .gzip, .splitFrames] {
      try empty(scratch("e.h5"), layout)
      let none = try Dataset(path: scratch("e.h5"))
      #expect(problem { _ = try none.frames(0, 0..<4) }.what.contains("never written"), "\(layout)")
    }
  }

  /// A file whose pixels have a shape and nothing else.
  private func empty(_ path: String, _ layout: Layout) throws {
    handmade(path) { file in
      let properties = H5Pcreate(orrery_h5p_dataset_create())
      let side = layout == .splitFrames ? Self.height / 2 : Self.height
      if layout != .contiguous { H5Pset_chunk(properties, 4, [8, hsize_t(side), hsize_t(Self.width), 3]) }
      let space = H5Screate_simple(4, [53, hsize_t(Self.height), hsize_t(Self.width), 3], nil)
      H5Dclose(H5Dcreate2(file, "pixels", orrery_h5t_u8(), space, 0, properties, 0))
      H5Sclose(space)
      H5Pclose(properties)
      put(file, "ep_len", orrery_h5t_i64(), [1], [Int64(53)])
      put(file, "ep_offset", orrery_h5t_i64(), [1], [Int64(0)])
    }
  }

  /// A frame long enough that part of a chunk is worth unpacking alone.
  @Test func chunksMetBeforeAreUnpackedNoFurtherThanAsked() throws {
    let scratch = try Scratch()
    let writer = try DatasetWriter(path: scratch("a.h5"), height: 200, width: 200, fps: FrameRate(24))
    let clip = movingDisc(64, height: 200, width: 200)
    try writer.append(id: "a", frames: clip, split: .train)
    try writer.finish()
    let data = try Dataset(path: scratch("a.h5"), cacheBytes: 8 * 200 * 200 * 3)
    for _ in 0..<2 {
      for from in stride(from: 0, through: 48, by: 3) {
        #expect(try data.frames(0, from..<from + 16) == clip[from..<from + 16])
      }
    }
    #expect(data.cachedBytes == 8 * 200 * 200 * 3)
  }

  @Test func keptChunksAreNotReadAgain() throws {
    let scratch = try Scratch()
    Self.make(scratch("a.h5"), .gzip)
    let data = try Dataset(path: scratch("a.h5"))
    _ = try data.frames(1, 0..<16)
    let first = data.costs
    #expect(first.decoded == 3 && first.cached == 0 && first.bytesRead > 0 && first.inflate > 0)
    _ = try data.frames(1, 2..<14)
    #expect(data.costs.decoded == 3 && data.costs.cached == 3 && data.costs.bytesRead == first.bytesRead)
    let small = try Dataset(path: scratch("a.h5"), cacheBytes: 0)
    for _ in 0..<2 { _ = try small.frames(1, 0..<16) }
    #expect(small.costs.decoded == 6 && small.costs.cached == 0 && small.cachedBytes == 0)
  }

  /// Bytes damaged inside a packed chunk: the message names the clip and the chunk, and whatever does not touch it
  /// reads on.
  @Test func aDamagedChunkIsNamed() throws {
    let scratch = try Scratch()
    Self.make(scratch("a.h5"), .gzip)
    handmade(scratch("a.h5"), existing: true) { file in
      let id = H5Dopen2(file, "pixels", 0)
      var stored: hsize_t = 0, mask: UInt32 = 0
      H5Dget_chunk_storage_size(id, [32, 0, 0, 0], &stored)
      var bytes = [UInt8](repeating: 0, count: Int(stored))
      H5Dread_chunk(id, 0, [32, 0, 0, 0], &mask, &bytes)
      for i in bytes.count / 2..<bytes.count / 2 + 40 { bytes[i] ^= 0x5A }
      H5Dwrite_chunk(id, 0, 0, [32, 0, 0, 0], bytes.count, bytes)
      H5Dclose(id)
    }
    let data = try Dataset(path: scratch("a.h5"))
    for _ in 0..<2 {
      let it = problem { _ = try data.frames(1, 10..<20) }
      #expect(
        it.place?.contains("clip 'episode_000001'") == true && it.what.contains("chunk 4")
          && it.what.contains("damaged"), "\(it)")
    }
    #expect(try data.frames(0, 0..<16).pixels == Array(Self.pixels[..<(16 * Self.rowBytes)]))
    #expect(try data.frames(1, 20..<28).pixels == Array(Self.pixels[(40 * Self.rowBytes)..<(48 * Self.rowBytes)]))
  }

  @Test func changedPixelsNameTheirChunk() throws {
    let scratch = try Scratch()
    let writer = try DatasetWriter(path: scratch("a.h5"), height: 48, width: 64, fps: FrameRate(24))
    try writer.append(id: "a", frames: movingDisc(30), split: .train)
    try writer.finish()
    handmade(scratch("a.h5"), existing: true) { file in
      let id = H5Dopen2(file, "pixels", 0), space = H5Dget_space(id), one = H5Screate_simple(1, [1], nil)
      H5Sselect_elements(space, H5S_SELECT_SET, 1, [20, 3, 4, 1])
      H5Dwrite(id, orrery_h5t_u8(), one, space, 0, [UInt8(255)])
      H5Sclose(one)
      H5Sclose(space)
      H5Dclose(id)
    }
    let it = problem { _ = try Dataset(path: scratch("a.h5")).frames(0, 0..<4) }
    #expect(it.place?.contains("clip 'a'") == true && it.what.contains("chunk 2, rows 16 to 24"), "\(it)")
  }

  @Test func concurrentlyKeepsOrderAndTheFirstError() throws {
    #expect(try concurrently(100, threads: 7) { $0 * $0 } == (0..<100).map { $0 * $0 })
    #expect(try concurrently(0, threads: 3) { $0 } == [])
    let begun = Mutex(0)
    let it = problem {
      _ = try concurrently(1000, threads: 2) { i -> Int in
        begun.withLock { $0 += 1 }
        if i >= 5 { throw Problem("at \(i)") }
        return i
      }
    }
    #expect(it.what == "at 5")
    #expect(begun.withLock { $0 } < 1000)
  }
}
