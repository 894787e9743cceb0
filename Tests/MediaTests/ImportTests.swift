import Clips
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite(.serialized) struct ImportTests {
  /// The recipe that an import states gives the same frames again: cropped, scaled, retimed, cut into windows.
  @Test func anImportIsDoneAgainByItsRecipe() throws {
    let scratch = try Scratch()
    for i in 0..<2 {
      try VideoWriter.write(movingDisc(20 + i * 4, seed: i), to: scratch("in/shot\(i).mp4"), options: .init(crf: 4))
    }
    for (name, crop, size, fps, window) in [
      ("whole", Crop.none, nil, nil, 0), ("centre", .center, (32, 24), nil, 5), ("retimed", .center, (40, 40), 10, 3),
      ("corner", .rectangle(x: 3, y: 5, width: 20, height: 30), (16, 32), 30, 7),
    ] as [(String, Crop, (Int, Int)?, Int?, Int)] {
      var options = VideoImport.Options()
      (options.crop, options.window, options.fps) = (crop, window, fps.map { FrameRate($0) })
      options.size = size.map { (width: $0.0, height: $0.1) }
      _ = try VideoImport.run([scratch("in")], to: scratch(name + ".h5"), options: options)
      let data = try Dataset(path: scratch(name + ".h5"))
      let recipes = try data.clips.map { clip in
        try #require(ImportReplay.Recipe(JSON.parse(clip.derivedFrom ?? "", at: name)))
      }
      for i in 0..<2 {
        let path = scratch("in/shot\(i).mp4"), hash = try Hashing.sha256(file: path)
        let own = recipes.filter { $0.source == hash }, found = try ImportReplay.run(own, of: OpenedFile(path))
        #expect(own.count >= 1 && found.count == own.count && found.values.allSatisfy { $0 }, "\(name) \(i)")
        // By no other film's, and no other recipe's.
        let other = scratch("in/shot\(1 - i).mp4")
        #expect(try ImportReplay.run(own, of: OpenedFile(other)).values.allSatisfy { !$0 }, "\(name) \(i)")
      }
    }
    for bad in [
      "{}",
      #"{"source":{"file_sha256":"a"},"result":"b","transform":{"crop":[0,0,1,1],"width":1,"height":1,"fps":"1/1"}}"#,
      #"{"source":{"file_sha256":"a"},"result":"b","transform":{"crop":[0,0,1,1],"width":1,"height":1,"fps":"1/1","first":9223372036854775807,"frames":1}}"#,
      #"{"source":{"file_sha256":"a"},"result":"b","transform":{"crop":[0,-1,1,1],"width":1,"height":1,"fps":"1/1","first":0,"frames":1}}"#,
    ] {
      #expect(try ImportReplay.Recipe(JSON.parse(bad, at: "bad")) == nil, "\(bad)")
    }
  }

  @Test func folderOfVideos() throws {
    let scratch = try Scratch()
    for i in 0..<3 {
      try VideoWriter.write(
        movingDisc(20 + i * 4, seed: i), to: scratch("in/deep/shot\(i).mp4"), options: .init(crf: 4))
    }
    try Disk.write("broken", to: scratch("in/broken.mp4"))
    try Disk.write("notes", to: scratch("in/readme.txt"))
    try VideoWriter.write(movingDisc(3), to: scratch("in/tiny.mp4"))
    try Disk.write(
      "file,caption\nshot0.mp4,\"a disc, moving\"\nshot1,plain\nshot9.mp4,misspelt\n", to: scratch("captions.csv"))
    var options = VideoImport.Options()
    options.size = (32, 32)
    options.window = 8
    options.captions = scratch("captions.csv")
    options.validation = 0.3
    var heard: [String] = []
    let report = try VideoImport.run([scratch("in")], to: scratch("out.h5"), options: options) {
      heard.append("\($0)/\($1) \($2)")
    }
    #expect(
      report.files == 3 && report.clips == 2 + 3 + 3 && report.frames == 64 && report.width == 32
        && report.fps == FrameRate(24))
    #expect(report.skipped.map { ($0.path as NSString).lastPathComponent } == ["broken.mp4", "tiny.mp4"])
    #expect(
      report.notes.contains { $0.text.contains("last 4 frames") } && report.notes.contains { $0.text.contains("shot9") }
    )
    #expect(heard.count == 6)
    let data = try Dataset(path: scratch("out.h5"))
    #expect(
      data.clips.map(\.id) == [
        "shot0_0000", "shot0_0001", "shot1_0000", "shot1_0001", "shot1_0002", "shot2_0000", "shot2_0001", "shot2_0002",
      ])
    #expect(
      data.clips[0].caption == "a disc, moving" && data.clips[2].caption == "plain" && data.clips[5].caption == nil)
    // Windows of one file stay on one side.
    for (_, group) in Dictionary(grouping: data.clips, by: { $0.id.prefix(5) }) {
      #expect(Set(group.map(\.split)).count == 1)
    }
    #expect(Set(data.clips.map(\.split)) == [.train, .validation])
    for i in data.clips.indices { try data.verify(i) }
    let origin = try JSON.parse(data.clips[1].derivedFrom ?? "", at: "derived_from")
    #expect(origin["result"]?.string == data.clips[1].framesSHA256)
    #expect(try origin["source"]?["file_sha256"]?.string == Hashing.sha256(file: scratch("in/deep/shot0.mp4")))
    #expect(
      try origin["source"]?["frames_sha256"]?.string == VideoReader.planesSHA256(path: scratch("in/deep/shot0.mp4")))
    let crop: [Int] = origin["transform"]?["crop"]?.array?.compactMap(\.integer) ?? []
    #expect(crop == [8, 0, 48, 48])
    #expect(origin["transform"]?["first"]?.integer == 8)
    // The same input gives the same pixels.
    _ = try VideoImport.run([scratch("in")], to: scratch("again.h5"), options: options)
    #expect(try Dataset(path: scratch("again.h5")).clips == data.clips)
  }

  @Test func oneFileWholeThenItsLastWindows() throws {
    let scratch = try Scratch()
    let clip = movingDisc(24)
    try VideoWriter.write(clip, to: scratch("a.mp4"), options: .init(crf: 4))
    let report = try VideoImport.run([scratch("a.mp4")], to: scratch("whole.h5"))
    #expect(report.clips == 1 && report.frames == 24)
    let whole = try Dataset(path: scratch("whole.h5"))
    #expect(psnr(try whole.frames(0, 0..<24), clip) > 35)
    var options = VideoImport.Options()
    options.window = 6
    options.fps = FrameRate(12)
    options.validation = 0.5
    _ = try VideoImport.run([scratch("a.mp4")], to: scratch("cut.h5"), options: options)
    let cut = try Dataset(path: scratch("cut.h5"))
    #expect(cut.fps == FrameRate(12) && cut.clips.map(\.split) == [.train, .validation])
  }

  @Test func refusals() throws {
    let scratch = try Scratch()
    try VideoWriter.write(movingDisc(6), to: scratch("a.mp4"))
    try Disk.makeFolder(scratch("empty"))
    var options = VideoImport.Options()
    options.window = 10
    #expect(
      problem { _ = try VideoImport.run([scratch("a.mp4")], to: scratch("o.h5"), options: options) }.what.contains(
        "fewer than the window"))
    #expect(throws: Problem.self) { try VideoImport.run([scratch("empty")], to: scratch("o.h5")) }
    #expect(throws: Problem.self) { try VideoImport.run([scratch("none.mp4")], to: scratch("o.h5")) }
    for (text, words) in [
      ("a,b\n", "header"), ("file,caption\na.mp4\n", "1 fields"), ("file,caption\na.mp4,x\na.mp4,y\n", "two captions"),
      ("file,caption\na,\"x", "not closed"),
    ] {
      try Disk.write(text, to: scratch("c.csv"))
      options.captions = scratch("c.csv")
      let it = problem { _ = try VideoImport.run([scratch("a.mp4")], to: scratch("o.h5"), options: options) }
      #expect(it.what.contains(words) && it.exit == .usage, "\(it)")
    }
    #expect(try !scratch.names.contains { $0.contains("o.h5") })
  }

  @Test func planCountsEveryFrame() throws {
    func record(_ frames: Int, _ split: Split = .train) -> ClipRecord {
      ClipRecord(id: "c\(frames)", start: 0, frames: frames, split: split, framesSHA256: "")
    }
    let plan = try ClipPlan(
      clips: [record(16), record(15), record(23), record(40, .validation)], width: 64, height: 64, fps: FrameRate(24),
      window: 16, stride: 4, context: 4)
    #expect(plan.entries.map(\.windows) == [1, 0, 2, 7] && plan.entries.map(\.leftOver) == [0, 15, 3, 0])
    #expect(
      plan.windows(.train) == [
        .init(clip: 0, range: 0..<16), .init(clip: 2, range: 0..<16), .init(clip: 2, range: 4..<20),
      ])
    let total = plan.total(.train)
    let counts: [Int] = [total.clips, total.used, total.frames, total.leftOver, total.windows],
      expected: [Int] = [3, 2, 54, 18, 3]
    #expect(counts == expected)
    #expect(
      plan.text().contains("c15: too short: 15 of 16 frames")
        && plan.value["splits"]?["validation"]?["windows"]?.integer == 7)
    let sparse = try ClipPlan(clips: [record(23)], width: 8, height: 8, fps: FrameRate(24), window: 4, stride: 10)
    #expect(sparse.entries[0].windows == 2 && sparse.entries[0].leftOver == 15)
    for (window, stride, context) in [(0, 1, 0), (4, 0, 0), (4, 1, 4), (4, 1, -1)] {
      #expect(throws: Problem.self) {
        try ClipPlan(
          clips: [], width: 8, height: 8, fps: FrameRate(24), window: window, stride: stride, context: context)
      }
    }
  }
}
