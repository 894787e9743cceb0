import CHDF5
import CTags
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Bytes that are used are bytes that were hashed: what leaves the cache and comes back is held against what it was.
@Suite(.serialized) struct ChangedPixelsTests {
  private static let rowBytes = 24 * 32 * 3
  /// Noise, so that packed chunks have some length.
  private static let pixels: [UInt8] = (0..<48 * rowBytes).map {
    UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13)
  }

  enum Layout: CaseIterable { case flat, external, plain, gzip, library, view }

  /// Three clips of 16 frames with their hashes. - Returns: the file that holds row 20, and where in it something of
  /// that row lies.
  private func make(_ scratch: Scratch, _ layout: Layout) throws -> (path: String, offset: Int) {
    let path = scratch("a.h5"), raw = scratch("raw")
    var place = (path: path, offset: 0)
    let shape = [48, 24, 32, 3]
    func write(_ file: hid_t, _ change: (hid_t) -> Void) {
      let properties = H5Pcreate(orrery_h5p_dataset_create())
      change(properties)
      let space = H5Screate_simple(4, shape.map { hsize_t($0) }, nil),
        id = H5Dcreate2(file, "pixels", orrery_h5t_u8(), space, 0, properties, 0)
      // What lies elsewhere is there already; written from here it would lie where the tests are run.
      if ![.view, .external].contains(layout) { H5Dwrite(id, orrery_h5t_u8(), 0, 0, 0, Self.pixels) }
      H5Dclose(id)
      H5Sclose(space)
      H5Pclose(properties)
    }
    func locate(_ file: hid_t) {
      let id = H5Dopen2(file, "pixels", 0)
      defer { H5Dclose(id) }
      var mask: UInt32 = 0, at: haddr_t = 0, size: hsize_t = 0
      if H5Dget_chunk_info_by_coord(id, [16, 0, 0, 0], &mask, &at, &size) >= 0, size > 0 {
        place.offset = Int(at) + Int(size) / 2
      }
    }
    if layout == .external { try Disk.write(Data(Self.pixels), to: raw) }
    if layout == .view {
      handmade(scratch("part.h5")) { put($0, "pixels", orrery_h5t_u8(), shape, Self.pixels) }
    }
    handmade(path) { file in
      write(file) { properties in
        switch layout {
        case .flat: break
        case .external: H5Pset_external(properties, "raw", 0, hsize_t(Self.pixels.count))
        case .plain: H5Pset_chunk(properties, 4, [8, 24, 32, 3])
        case .gzip:
          H5Pset_chunk(properties, 4, [8, 24, 32, 3])
          H5Pset_deflate(properties, 4)
        case .library: H5Pset_chunk(properties, 4, [8, 12, 32, 3])
        case .view:
          let space = H5Screate_simple(4, shape.map { hsize_t($0) }, nil)
          H5Pset_virtual(properties, space, "part.h5", "pixels", space)
          H5Sclose(space)
        }
      }
      put(file, "ep_len", orrery_h5t_i64(), [3], [Int64(16), 16, 16])
      put(file, "ep_offset", orrery_h5t_i64(), [3], [Int64(0), 16, 32])
      let text = H5Tcopy(orrery_h5t_c_s1())
      H5Tset_size(text, 64)
      let hashes = (0..<3).map { clip -> String in
        let some = Array(Self.pixels[clip * 16 * Self.rowBytes..<(clip + 1) * 16 * Self.rowBytes])
        return FrameHash.sha256(Frames(count: 16, height: 24, width: 32, pixels: some, fps: FrameRate(24)))
      }
      put(file, "frames_sha256", text, [3], hashes.flatMap { Array($0.utf8) })
      H5Tclose(text)
      if [.plain, .gzip, .library].contains(layout) { locate(file) }
    }
    // Raw pixels are found by what they are.
    if [.flat, .external, .view].contains(layout) {
      place.path = layout == .external ? raw : layout == .view ? scratch("part.h5") : path
      let bytes = try Disk.read(place.path), row = Data(Self.pixels[20 * Self.rowBytes..<21 * Self.rowBytes])
      place.offset = try #require(bytes.range(of: row)).lowerBound + 100
    }
    return place
  }

  @Test(arguments: Layout.allCases) func whatIsReadAgainIsWhatWasHashed(layout: Layout) throws {
    let scratch = try Scratch()
    let place = try make(scratch, layout)
    let data = try Dataset(path: scratch("a.h5"), cacheBytes: 0)
    for clip in 0..<3 { _ = try data.frames(clip, 0..<4) }
    #expect(try data.frames(1, 0..<16).pixels == Array(Self.pixels[(16 * Self.rowBytes)..<(32 * Self.rowBytes)]))
    let file = try #require(FileHandle(forUpdatingAtPath: place.path))
    try file.seek(toOffset: UInt64(place.offset))
    let old = try #require(try file.read(upToCount: 40))
    try file.seek(toOffset: UInt64(place.offset))
    try file.write(contentsOf: Data(old.map { ~$0 }))
    for _ in 0..<2 {
      let it = problem { _ = try data.frames(1, 0..<16) }
      #expect(it.what.contains("the pixels are not those that were hashed"), "\(layout): \(it)")
      #expect(it.place?.contains("clip 'episode_000001'") == true, "\(layout): \(it)")
    }
    // Whatever does not touch the change reads on.
    #expect(try data.frames(2, 0..<16).pixels == Array(Self.pixels[(32 * Self.rowBytes)...]))
    #expect(try data.frames(1, 10..<16).pixels == Array(Self.pixels[(26 * Self.rowBytes)..<(32 * Self.rowBytes)]))
    try file.seek(toOffset: UInt64(place.offset))
    try file.write(contentsOf: old)
    #expect(try data.frames(1, 0..<16).pixels == Array(Self.pixels[(16 * Self.rowBytes)..<(32 * Self.rowBytes)]))
  }

  @Test func columnsOfNumbersStayWhatTheyWere() throws {
    let scratch = try Scratch()
    let clip = movingDisc(8)
    func make(_ path: String, _ text: [Float], _ state: [Float]) {
      handmade(path) { file in
        put(file, "pixels", orrery_h5t_u8(), [8, 48, 64, 3], clip.pixels)
        put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(4), 4])
        put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 4])
        put(file, "text_embedding", orrery_h5t_f32(), [2, 2, 3], text)
        put(file, "state", orrery_h5t_f32(), [8, 2], state)
      }
    }
    let text = (0..<12).map { Float($0) + 0.125 }, state = (0..<16).map { Float($0) + 0.25 }
    make(scratch("a.h5"), text, state)
    let data = try Dataset(path: scratch("a.h5"))
    #expect(try data.textEmbedding(1)?.values == Array(text[6...]) && data.state(1)[3] == [14.25, 15.25])
    let bytes = try Disk.read(scratch("a.h5"))
    let place = try #require(bytes.range(of: text[6...].withUnsafeBytes { Data($0) }))
    let file = try #require(FileHandle(forUpdatingAtPath: scratch("a.h5")))
    try file.seek(toOffset: UInt64(place.lowerBound))
    try file.write(contentsOf: Data([1, 2]))
    #expect(problem { _ = try data.textEmbedding(1) }.what.contains("'text_embedding' is not what it was"))
    #expect(try data.textEmbedding(0)?.values == Array(text[..<6]))

    var bad = text, bent = state
    bad[7] = .nan
    bent[13] = .infinity
    make(scratch("b.h5"), bad, bent)
    let other = try Dataset(path: scratch("b.h5"))
    let it = problem { _ = try other.textEmbedding(1) }
    #expect(it.what.contains("text_embedding of clip 'episode_000001' is not finite (nan at number 1)"), "\(it)")
    #expect(problem { _ = try other.state(1) }.what.contains("state of clip 'episode_000001' is not finite"))
    #expect(try other.state(0).count == 4)
  }
}

/// Tags tell texts apart, in every way this processor has of making them.
@Suite struct TagTests {
  @Test func oneBitMakesAnotherTag() {
    var key = ct_key(), random = SystemRandomNumberGenerator()
    withUnsafeMutableBytes(of: &key) { bytes in
      for i in bytes.indices { bytes[i] = random.next() }
    }
    for way in 0..<ct_ways() {
      for size in [0, 1, 15, 16, 63, 64, 65, 4095, 4096, 4097, 9000] {
        var text = [UInt8](repeating: 7, count: size + 1)
        let tag = ct_tag_by(way, &key, text, size)
        #expect(tag != 0 && tag == ct_tag_by(way, &key, text, size))
        #expect(tag != ct_tag_by(way, &key, text, size + 1), "\(way), \(size)")
        for at in Set([0, 1, size / 2, size - 1]) where text.indices.contains(at) && at < size {
          text[at] ^= 0x10
          #expect(tag != ct_tag_by(way, &key, text, size), "\(way), \(size), byte \(at)")
          text[at] ^= 0x10
        }
      }
    }
  }

  /// Sums of sums of big-endian words, modulo 65535, by the definition; that libhdf5 means the same, LoaderTests show.
  @Test func fletcher() {
    #expect(ct_fletcher32(Array(UInt8(0)..<8), 8) == 0x141E_0C10)
    #expect(ct_fletcher32(Array(UInt8(0)..<9), 9) == 0x282E_1410)
  }
}
