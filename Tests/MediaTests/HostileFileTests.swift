import CHDF5
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// What a file says of itself is a claim: held against the file before memory is taken, and never a way to other files.
@Suite(.serialized) struct HostileFileTests {
  private func column(
    _ file: hid_t, _ name: String, _ type: hid_t, _ shape: [Int], chunk: [Int]? = nil,
    _ change: (hid_t) -> Void = { _ in
    }
  ) {
    let properties = H5Pcreate(orrery_h5p_dataset_create())
    if let chunk { H5Pset_chunk(properties, Int32(chunk.count), chunk.map { hsize_t($0) }) }
    change(properties)
    let space = H5Screate_simple(Int32(shape.count), shape.map { hsize_t($0) }, nil)
    H5Dclose(H5Dcreate2(file, name, type, space, 0, properties, 0))
    H5Sclose(space)
    H5Pclose(properties)
  }

  private func table(_ file: hid_t, frames: Int = 16) {
    put(file, "ep_len", orrery_h5t_i64(), [1], [Int64(frames)])
    put(file, "ep_offset", orrery_h5t_i64(), [1], [Int64(0)])
  }

  private func pixels(_ count: Int = 16) -> [UInt8] { (0..<count * 192).map { UInt8(truncatingIfNeeded: $0 / 5) } }

  private func refused(_ path: String, _ words: String) {
    let it = problem { _ = try Dataset(path: path).frames(0, 0..<1) }
    #expect(it.description.contains(words), "\(it)")
  }

  @Test func claimsAreHeldAgainstTheFile() throws {
    let scratch = try Scratch()
    handmade(scratch("names.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
      put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(8), 8])
      put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 8])
      let text = H5Tcopy(orrery_h5t_c_s1())
      H5Tset_size(text, 2_000_000_000)
      column(file, "clip_id", text, [2], chunk: [1])
      H5Tclose(text)
    }
    refused(scratch("names.h5"), "too large to be true")
    handmade(scratch("clips.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
      for name in ["ep_len", "ep_offset"] {
        column(file, name, orrery_h5t_i64(), [20_000_000], chunk: [1_000_000])
      }
    }
    refused(scratch("clips.h5"), "too large to be true")
    handmade(scratch("endless.h5")) { file in
      column(file, "pixels", orrery_h5t_u8(), [1 << 33, 16, 16, 3], chunk: [8, 16, 16, 3])
      table(file, frames: 1 << 33)
    }
    refused(scratch("endless.h5"), "too large to be true")
    handmade(scratch("flat.h5")) { file in
      column(file, "pixels", orrery_h5t_u8(), [1 << 33, 16, 16, 3])
      table(file, frames: 1 << 33)
    }
    refused(scratch("flat.h5"), "too large to be true")
    handmade(scratch("embedding.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
      table(file)
      column(file, "text_embedding", orrery_h5t_f32(), [1, 4096, 65536], chunk: [1, 4096, 65536])
    }
    refused(scratch("embedding.h5"), "too large to be true")
  }

  @Test func manyAttributesAreReadInTime() throws {
    let scratch = try Scratch()
    handmade(scratch("a.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
      table(file)
      let space = H5Screate(H5S_SCALAR)
      for i in 0..<5000 {
        let id = H5Acreate2(file, "a\(i)", orrery_h5t_i64(), space, 0, 0)
        H5Awrite(id, orrery_h5t_i64(), [Int64(i)])
        H5Aclose(id)
      }
      let rate = H5Acreate2(file, "fps", orrery_h5t_i64(), space, 0, 0)
      H5Awrite(rate, orrery_h5t_i64(), [Int64(30)])
      H5Aclose(rate)
      H5Sclose(space)
    }
    let data = try Dataset(path: scratch("a.h5"))
    #expect(data.fps.description == "30/1" && data.attributes["a0"] == "0")
    #expect(data.notes.contains { $0.contains("5001 attributes") }, "\(data.notes)")
  }

  /// A writer holds its file, or has left its mark.
  @Test func filesOfWritersAreNamed() throws {
    let scratch = try Scratch()
    func make(_ path: String) {
      handmade(path) { file in
        put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
        table(file)
      }
    }
    make(scratch("a.h5"))
    let writer = orrery_h5_open(scratch("a.h5"), 1)
    let locked = problem { _ = try Dataset(path: scratch("a.h5")) }
    #expect(locked.what.contains("another program has it open for writing"), "\(locked)")
    #expect(locked.fix?.contains("HDF5_USE_FILE_LOCKING=FALSE") == true)
    H5Fclose(writer)
    #expect(try Dataset(path: scratch("a.h5")).clips.count == 1)
    // A reader that is gone leaves no lock behind, whatever the child keeps.
    let again = orrery_h5_open(scratch("a.h5"), 1)
    #expect(again >= 0)
    H5Fclose(again)
    var bytes = try Disk.read(scratch("a.h5"))
    let signature = Array(bytes.prefix(8))
    var marked = Data(signature + [3, 8, 8, 1])
    for number in [0, Int.max, bytes.count, 96] {
      withUnsafeBytes(of: number.littleEndian) { marked.append(contentsOf: $0) }
    }
    bytes.replaceSubrange(0..<marked.count, with: marked)
    try Disk.write(bytes, to: scratch("b.h5"))
    let left = problem { _ = try Dataset(path: scratch("b.h5")) }
    #expect(left.what.contains("marked as open for writing") && left.fix?.contains("h5clear -s") == true, "\(left)")
  }

  /// A file whose `pixels` are rows of others.
  private func view(_ path: String, _ parts: [String]) {
    handmade(path) { file in
      let rows = 16 / parts.count
      column(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3]) { properties in
        for (i, part) in parts.enumerated() {
          let to = H5Screate_simple(4, [16, 8, 8, 3], nil), from = H5Screate_simple(4, [hsize_t(rows), 8, 8, 3], nil)
          H5Sselect_hyperslab(
            to, H5S_SELECT_SET, [hsize_t(i * rows), 0, 0, 0], nil, [hsize_t(rows), 8, 8, 3], nil)
          H5Pset_virtual(properties, to, part, "pixels", from)
          H5Sclose(to)
          H5Sclose(from)
        }
      }
      table(file)
    }
  }

  @Test func viewsAreWhatTheyAre() throws {
    let scratch = try Scratch()
    let all = pixels()
    try Disk.makeFolder(scratch("parts"))
    for i in 0..<2 {
      handmade(scratch("parts/p\(i).h5")) {
        put($0, "pixels", orrery_h5t_u8(), [8, 8, 8, 3], Array(all[i * 8 * 192..<(i + 1) * 8 * 192]))
      }
    }
    view(scratch("all.h5"), ["parts/p0.h5", "parts/p1.h5"])
    let data = try Dataset(path: scratch("all.h5"))
    #expect(data.notes.contains { $0.contains("composed of other files: 'parts/p0.h5', 'parts/p1.h5'") })
    for (from, to) in [(0, 16), (3, 12), (8, 9)] {
      #expect(try data.frames(0, from..<to).pixels == Array(all[from * 192..<to * 192]))
    }
    try FileManager.default.moveItem(atPath: scratch("parts/p1.h5"), toPath: scratch("parts/elsewhere.h5"))
    refused(scratch("all.h5"), "'parts/p1.h5', is missing")
    try Disk.write(try Disk.read(scratch("parts/p0.h5")).prefix(2500), to: scratch("parts/p1.h5"))
    refused(scratch("all.h5"), "truncated")
    // What is no file, lies elsewhere or leads back.
    try FileManager.default.removeItem(atPath: scratch("parts/p1.h5"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch("parts/p1.h5"), withDestinationPath: scratch("parts/elsewhere.h5"))
    refused(scratch("all.h5"), "is a link, not a file")
    mkfifo(scratch("pipe"), 0o600)
    view(scratch("pipe.h5"), ["pipe"])
    refused(scratch("pipe.h5"), "'pipe', is a pipe, not a file")
    view(scratch("self.h5"), ["self.h5"])
    refused(scratch("self.h5"), "composed of itself")
    view(scratch("dot.h5"), ["."])
    refused(scratch("dot.h5"), "is the file itself")
    for i in 0..<3 { view(scratch("ring\(i).h5"), ["ring\((i + 1) % 3).h5"]) }
    refused(scratch("ring0.h5"), "composed of itself")
    for i in 0..<9 { view(scratch("deep\(i).h5"), ["deep\(i + 1).h5"]) }
    refused(scratch("deep0.h5"), "levels deep")
    view(scratch("up.h5"), ["../up.h5"])
    refused(scratch("up.h5"), "does not lie beside the file")
    view(scratch("far.h5"), ["/etc/passwd"])
    refused(scratch("far.h5"), "does not lie beside the file")
  }

  @Test func rawPartsAndLinksToo() throws {
    let scratch = try Scratch()
    let all = pixels()
    try Disk.write(Data([9, 9] + all[..<(7 * 192 + 5)]), to: scratch("raw0"))
    try Disk.write(Data(all[(7 * 192 + 5)...]), to: scratch("raw1"))
    func outside(_ path: String, _ parts: [(String, Int, Int)]) {
      handmade(path) { file in
        column(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3]) { properties in
          for (name, offset, bytes) in parts { H5Pset_external(properties, name, off_t(offset), hsize_t(bytes)) }
        }
        table(file)
      }
    }
    outside(scratch("raw.h5"), [("raw0", 2, 7 * 192 + 5), ("raw1", 0, 9 * 192 - 5)])
    #expect(try Dataset(path: scratch("raw.h5")).frames(0, 5..<16).pixels == Array(all[(5 * 192)...]))
    outside(scratch("short.h5"), [("raw1", 0, 16 * 192)])
    refused(scratch("short.h5"), "'raw1', holds")
    outside(scratch("passwd.h5"), [("/etc/passwd", 0, 16 * 192)])
    refused(scratch("passwd.h5"), "does not lie beside the file")
    mkfifo(scratch("pipe"), 0o600)
    outside(scratch("pipe.h5"), [("pipe", 0, 16 * 192)])
    refused(scratch("pipe.h5"), "is a pipe")

    handmade(scratch("there.h5")) { put($0, "frames", orrery_h5t_u8(), [16, 8, 8, 3], all) }
    func link(_ path: String, _ to: String, _ name: String = "pixels") {
      handmade(path) { file in
        H5Lcreate_external(to, "/frames", file, name, 0, 0)
        if name != "pixels" { put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], all) }
        if name != "ep_len" { put(file, "ep_len", orrery_h5t_i64(), [1], [Int64(16)]) }
        put(file, "ep_offset", orrery_h5t_i64(), [1], [Int64(0)])
      }
    }
    link(scratch("link.h5"), "there.h5")
    #expect(try Dataset(path: scratch("link.h5")).frames(0, 5..<16).pixels == Array(all[(5 * 192)...]))
    link(scratch("gone.h5"), "nowhere.h5")
    refused(scratch("gone.h5"), "'nowhere.h5', is missing")
    link(scratch("piped.h5"), "pipe")
    refused(scratch("piped.h5"), "is a pipe")
    link(scratch("lengths.h5"), "there.h5", "ep_len")
    refused(scratch("lengths.h5"), "is a link into another file")
    refused(scratch("pipe"), "not a regular file but a pipe")
    refused("/dev/null", "not a regular file but a device")
  }

  /// A link's target is the file's own words: it must not name what the reader holds open.
  @Test func aFileChoosesNoDescriptor() throws {
    let scratch = try Scratch()
    handmade(scratch("a.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels())
      table(file)
    }
    handmade(scratch("b.h5")) { file in
      table(file)
      H5Lcreate_soft("/g0/pixels", file, "pixels", 0, 0)
      for number in 0..<24 { H5Lcreate_external("descriptor:\(number)", "/", file, "g\(number)", 0, 0) }
    }
    for number in 0..<24 {
      handmade(scratch("b.h5"), existing: true) { file in
        H5Ldelete(file, "pixels", 0)
        H5Lcreate_soft("/g\(number)/pixels", file, "pixels", 0, 0)
      }
      // The child holds the first file open too.
      #expect(try Dataset(path: scratch("a.h5")).frames(0, 0..<1).count == 1)
      let it = problem { _ = try Dataset(path: scratch("b.h5")).frames(0, 0..<1) }
      #expect(it.place?.contains("b.h5") == true, "\(it)")
    }
  }

  /// Selections whose last row lies beyond every number, and ones of very many pieces.
  @Test func selectionsAreBounded() throws {
    let scratch = try Scratch()
    handmade(scratch("part.h5")) { put($0, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], pixels()) }
    func viewed(_ path: String, rows: Int, stride: UInt64, block: UInt64) {
      handmade(path) { file in
        column(file, "pixels", orrery_h5t_u8(), [rows, 8, 8, 3]) { properties in
          let to = H5Screate_simple(4, [hsize_t(rows), 8, 8, 3], nil)
          let from = H5Screate_simple(4, [hsize_t(1) << 62, 8, 8, 3], nil)
          H5Sselect_hyperslab(
            from, H5S_SELECT_SET, [0, 0, 0, 0], [stride, 1, 1, 1], [hsize_t(rows) / block, 8, 8, 3],
            [block, 1, 1, 1])
          H5Pset_virtual(properties, to, "part.h5", "pixels", from)
          H5Sclose(to)
          H5Sclose(from)
        }
        table(file, frames: rows)
      }
    }
    viewed(scratch("far.h5"), rows: 1 << 20, stride: 1 << 42, block: 1)
    let clock = ContinuousClock.now
    refused(scratch("far.h5"), "pixels")
    viewed(scratch("many.h5"), rows: 1 << 14, stride: 3, block: 2)
    refused(scratch("many.h5"), "part.h5")
    #expect(ContinuousClock.now - clock < .seconds(20))
  }

  /// Bytes of the structure changed at random, where libhdf5 1.10 dies, hangs or takes gigabytes: names of varying
  /// length (the global heap), headers, both layouts.
  @Test(arguments: [false, true]) func damageEndsInAProblem(chunked: Bool) throws {
    let scratch = try Scratch(), all = pixels()
    handmade(scratch("a.h5")) { file in
      if chunked {
        column(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], chunk: [4, 8, 8, 3]) { H5Pset_deflate($0, 4) }
        let id = H5Dopen2(file, "pixels", 0)
        H5Dwrite(id, orrery_h5t_u8(), 0, 0, 0, all)
        H5Dclose(id)
      } else {
        put(file, "pixels", orrery_h5t_u8(), [16, 8, 8, 3], all)
      }
      put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(8), 8])
      put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 8])
      let text = H5Tcopy(orrery_h5t_c_s1())
      H5Tset_size(text, orrery_h5t_variable())
      for name in ["clip_id", "caption"] {
        name.withCString { a in "second".withCString { b in put(file, name, text, [2], [a, b]) } }
      }
      H5Tclose(text)
    }
    let whole = [UInt8](try Disk.read(scratch("a.h5")))
    // Where zeros are many, structure lies.
    let places = stride(from: 0, to: whole.count - 64, by: 64).filter { at in
      whole[at..<at + 64].count(where: { $0 == 0 }) > 12
    }
    var state: UInt64 = chunked ? 7 : 11, refused = 0
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    for _ in 0..<150 {
      var bytes = whole
      for _ in 0...random(3) {
        bytes[places[random(places.count)] + random(64)] = [0, 1, 2, 127, 128, 255, UInt8(random(256))][random(7)]
      }
      try Disk.write(Data(bytes), to: scratch("b.h5"))
      do {
        let data = try Dataset(path: scratch("b.h5"))
        for clip in data.clips.indices { _ = try data.frames(clip, 0..<min(8, data.clips[clip].frames)) }
      } catch let it as Problem {
        #expect(it.place?.contains("b.h5") == true && it.exit == .failure, "\(it)")
        refused += 1
      }
    }
    #expect(refused > 5)
    #expect(try Dataset(path: scratch("a.h5")).clips.map(\.id) == ["clip_id", "second"])
  }
}
