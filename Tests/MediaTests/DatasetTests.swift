import CHDF5
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite(.serialized) struct DatasetTests {
  /// Three clips whose lengths make chunks straddle them.
  func write(_ path: String, lengths: [Int] = [5, 16, 20]) throws -> [Frames] {
    let clips = lengths.enumerated().map { movingDisc($1, seed: $0) }
    let writer = try DatasetWriter(
      path: path, height: 48, width: 64, fps: FrameRate(24),
      attributes: ["scenario": "disc", "optin_manifest": "disc.optin.json"],
      stateColumns: ["x", "y"])
    for (i, clip) in clips.enumerated() {
      try writer.append(
        id: "clip_\(i)", frames: clip, split: i == 2 ? .validation : .train, caption: i == 1 ? nil : "a disc, “red”",
        state: (0..<clip.count).map { [Float($0), Float(i)] }, derivedFrom: i == 0 ? #"{"source":{}}"# : nil,
        textEmbedding: (2, 3, (0..<6).map { Float($0 + i * 10) }))
    }
    try writer.finish()
    return clips
  }

  @Test func roundTrip() throws {
    let scratch = try Scratch()
    let clips = try write(scratch("a.h5"))
    #expect(try scratch.names == ["a.h5"])
    let data = try Dataset(path: scratch("a.h5"))
    #expect(data.height == 48 && data.width == 64 && data.fps == FrameRate(24))
    #expect(data.clips.map(\.id) == ["clip_0", "clip_1", "clip_2"])
    #expect(data.clips.map(\.start) == [0, 5, 21] && data.clips.map(\.frames) == [5, 16, 20])
    #expect(data.clips.map(\.split) == [.train, .train, .validation])
    #expect(data.clips.map(\.caption) == ["a disc, “red”", nil, "a disc, “red”"])
    #expect(data.clips[0].derivedFrom == #"{"source":{}}"# && data.clips[1].derivedFrom == nil)
    #expect(data.clips.map(\.framesSHA256) == clips.map(FrameHash.sha256))
    #expect(data.attributes["scenario"] == "disc" && data.manifestPath == scratch("disc.optin.json"))
    #expect(data.stateColumns == ["x", "y"] && data.notes.isEmpty)
    for (i, clip) in clips.enumerated() {
      #expect(try data.frames(i, 0..<clip.count) == clip)
      #expect(try data.state(i) == (0..<clip.count).map { [Float($0), Float(i)] })
      let text = try #require(try data.textEmbedding(i))
      #expect(text.tokens == 2 && text.width == 3 && text.values == (0..<6).map { Float($0 + i * 10) })
      try data.verify(i)
    }
  }

  @Test func everyRangeAcrossChunkEdges() throws {
    let scratch = try Scratch()
    let clips = try write(scratch("a.h5"))
    for from in 0..<16 {
      let data = try Dataset(path: scratch("a.h5"))  // opened anew, so that each first read is a checked one
      for to in from...16 { #expect(try data.frames(1, from..<to) == clips[1][from..<to]) }
    }
    let data = try Dataset(path: scratch("a.h5"))
    #expect(problem { _ = try data.frames(1, 3..<17) }.place?.contains("clip_1") == true)
    #expect(throws: Problem.self) { try data.frames(3, 0..<1) }
    #expect(throws: Problem.self) { try data.frames(-1, 0..<1) }
    #expect(throws: Problem.self) { try data.frames(0, -1..<1) }
  }

  @Test func manyThreadsReadTheSame() async throws {
    let scratch = try Scratch()
    let clips = try write(scratch("a.h5"))
    let data = try Dataset(path: scratch("a.h5"))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for i in 0..<24 { group.addTask { try data.frames(i % 3, 1..<5) == clips[i % 3][1..<5] } }
      for try await same in group { #expect(same) }
    }
  }

  @Test(arguments: [0, 22, 40]) func tamperedPixelsAreCaughtAndNamed(row: Int) throws {
    let scratch = try Scratch()
    _ = try write(scratch("a.h5"))
    handmade(scratch("a.h5"), existing: true) { file in
      let id = H5Dopen2(file, "pixels", 0), space = H5Dget_space(id), one = H5Screate_simple(1, [1], nil)
      H5Sselect_elements(space, H5S_SELECT_SET, 1, [hsize_t(row), 3, 4, 1])
      H5Dwrite(id, orrery_h5t_u8(), one, space, 0, [UInt8(255)])
      H5Sclose(one)
      H5Sclose(space)
      H5Dclose(id)
    }
    let data = try Dataset(path: scratch("a.h5"))
    let hit = row == 0 ? 0 : 2
    let last = data.clips[hit].frames
    let read = problem { _ = try data.frames(hit, 0..<last) }
    #expect(read.place?.contains("clip_\(hit)") == true && read.what.contains("changed or damaged"))
    #expect(problem { try data.verify(hit) }.place?.contains("clip_\(hit)") == true)
    try data.verify(1)
  }

  @Test func stableWorldModelFiles() throws {
    let scratch = try Scratch()
    let clip = movingDisc(7)
    handmade(scratch("a.h5")) { file in
      put(file, "pixels", orrery_h5t_u8(), [7, 48, 64, 3], clip.pixels)
      put(file, "ep_len", orrery_h5t_i64(), [2], [Int64(3), 4])
      put(file, "ep_offset", orrery_h5t_i64(), [2], [Int64(0), 3])
      put(file, "action", orrery_h5t_f64(), [7, 2], (0..<14).map(Double.init))
    }
    let data = try Dataset(path: scratch("a.h5"))
    #expect(data.clips.map(\.id) == ["episode_000000", "episode_000001"])
    #expect(data.clips.allSatisfy { $0.split == .train && $0.framesSHA256.isEmpty })
    #expect(data.notes.count == 4)
    #expect(try data.frames(1, 1..<4).pixels == clip[4..<7].pixels)
    #expect(try data.actions(1)[0] == [6, 7] && data.state(0).isEmpty && data.textEmbedding(0) == nil)
    #expect(try data.sha256(0) == FrameHash.sha256(clip[0..<3]))
    #expect(throws: Problem.self) { try data.verify(0) }
  }

  /// What other programs find in a file of ours: names, types, shapes and chunks, read by libhdf5 alone.
  @Test func theLayoutIsThisOne() throws {
    let scratch = try Scratch()
    _ = try write(scratch("a.h5"))
    var found: [String] = [], attributes: [String] = []
    handmade(scratch("a.h5"), existing: true) { file in
      var count: hsize_t = 0
      H5Gget_num_objs(file, &count)
      for i in 0..<count {
        var name = [CChar](repeating: 0, count: 64)
        H5Gget_objname_by_idx(file, i, &name, 64)
        let title = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        found.append(title + " " + Self.layout(file, title))
      }
      attributes = ["fps", "format", "optin_manifest", "scenario"].filter { H5Aexists(file, $0) > 0 }
    }
    let text = "text [3]"
    #expect(
      found.sorted() == [
        "caption " + text, "chunk_sha256 text [6]", "clip_id " + text, "derived_from " + text, "ep_len i64 [3]",
        "ep_offset i64 [3]", "frames_sha256 " + text,
        "pixels u8 [41, 48, 64, 3] in chunks of 8 frames, gzip", "split " + text, "state f32 [41, 2]",
        "text_embedding f32 [3, 2, 3]",
      ])
    #expect(attributes.count == 4)
  }

  private static func layout(_ file: hid_t, _ name: String) -> String {
    let id = H5Dopen2(file, name, 0), space = H5Dget_space(id), type = H5Dget_type(id),
      properties = H5Dget_create_plist(id)
    defer {
      H5Pclose(properties)
      H5Tclose(type)
      H5Sclose(space)
      H5Dclose(id)
    }
    var sizes = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space)))
    H5Sget_simple_extent_dims(space, &sizes, nil)
    let known = [("u8", orrery_h5t_u8()), ("i64", orrery_h5t_i64()), ("f32", orrery_h5t_f32())].first {
      H5Tequal($0.1, type) > 0
    }?.0
    let kind = known ?? (H5Tget_class(type) == H5T_STRING ? "text" : "?")
    guard name == "pixels" else { return "\(kind) \(sizes)" }
    var chunk = [hsize_t](repeating: 0, count: 4)
    let chunked = H5Pget_chunk(properties, 4, &chunk) == 4 && chunk.dropFirst().elementsEqual(sizes.dropFirst())
    var values = 0
    let gzip =
      H5Pget_nfilters(properties) == 1
      && H5Pget_filter2(properties, 0, nil, &values, nil, 0, nil, nil) == H5Z_FILTER_DEFLATE
    return "\(kind) \(sizes)" + (chunked ? " in chunks of \(chunk[0]) frames" : "") + (gzip ? ", gzip" : "")
  }

  @Test func frameHashIsTheDocumentedOne() {
    let frames = Frames(count: 1, height: 1, width: 2, pixels: [1, 2, 3, 4, 5, 6], fps: FrameRate(24))
    let bytes = Array("rgb24".utf8) + [0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6]
    #expect(FrameHash.sha256(frames) == Hashing.sha256(bytes))
  }

  @Test func rateText() {
    #expect(
      FrameRate(parsing: "24/1") == FrameRate(24) && FrameRate(parsing: "25") == FrameRate(25)
        && FrameRate(parsing: "25.0") == FrameRate(25))
    #expect(
      FrameRate(parsing: "29.97") == FrameRate(30000, 1001) && FrameRate(parsing: "23.976") == FrameRate(24000, 1001))
    #expect(FrameRate(parsing: "12.5") == FrameRate(12500, 1000))
    for bad in ["", "0", "-1", "1/0", "0/1", "a", "nan", "inf", "1/2/3", "1e99"] {
      #expect(FrameRate(parsing: bad) == nil, "\(bad)")
    }
  }
}
