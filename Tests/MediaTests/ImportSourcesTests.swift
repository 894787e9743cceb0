import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Where footage lies, what is written beside it, and files that change while they are read.
@Suite(.serialized) struct ImportSourcesTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func film(_ name: String, _ seed: Int = 0, fps: FrameRate = FrameRate(24)) throws {
    try VideoWriter.write(movingDisc(8, seed: seed, fps: fps), to: scratch(name), options: .init(threads: 1))
  }

  @Test func linkedFoldersAreFollowedAndCirclesEnd() throws {
    try film("disk/a.mp4", 1)
    try film("mixed/b.mp4", 2)
    symlink(scratch("disk"), scratch("footage"))
    symlink(scratch("disk"), scratch("mixed/linked"))
    symlink(scratch("mixed"), scratch("disk/back"))
    symlink("nowhere", scratch("mixed/broken.mp4"))
    for input in [scratch("footage"), scratch("footage") + "/", scratch("mixed")] {
      let report = try VideoImport.run([input], to: scratch("o.h5"))
      #expect(report.clips == 2, "\(input): \(report)")
      #expect(report.skipped.contains { $0.text.contains("again, by a link") }, "\(report.skipped)")
    }
    #expect(try VideoImport.videos(in: scratch("footage")).count == 3)
  }

  @Test func aCaptionFitsOneFile() throws {
    try film("in/x/s.mp4", 1)
    try film("in/y/s.mp4", 2)
    var options = VideoImport.Options()
    options.captions = scratch("c.csv")
    for key in ["s.mp4", "s"] {
      try Disk.write("file,caption\n\(key),hello\n", to: scratch("c.csv"))
      let it = problem { try VideoImport.run([scratch("in")], to: scratch("o.h5"), options: options) }
      #expect(it.exit == .usage && it.contains("in/x/s.mp4") && it.contains("in/y/s.mp4"), "\(it)")
    }
    try Disk.write("file,caption\ny/s.mp4,hello\n", to: scratch("c.csv"))
    try Disk.write(" a red\n disc \n", to: scratch("in/x/s.txt"))
    let report = try VideoImport.run([scratch("in")], to: scratch("o.h5"), options: options)
    let data = try Dataset(path: scratch("o.h5"))
    #expect(data.clips.map(\.caption) == ["a red disc", "hello"])
    #expect(report.notes.contains { $0.text.contains("1 caption was read from .txt") })
    // Beside them alone, and one that is for two.
    _ = try VideoImport.run([scratch("in")], to: scratch("p.h5"))
    #expect(try Dataset(path: scratch("p.h5")).clips.map(\.caption) == ["a red disc", nil])
    try film("in/x/s.mov", 3)
    #expect(problem { try VideoImport.run([scratch("in")], to: scratch("q.h5")) }.contains("fits several files"))
  }

  @Test func captionsWithAMarkAndOtherLineEnds() throws {
    try film("a.mp4")
    var options = VideoImport.Options()
    for (name, text) in [
      ("c.jsonl", "\u{FEFF}{\"file\": \"a.mp4\", \"caption\": \"hi\"}\r\n"),
      ("c.csv", "\u{FEFF}file,caption\r\na.mp4,hi\r\n"),
    ] {
      try Disk.write(text, to: scratch(name))
      options.captions = scratch(name)
      _ = try VideoImport.run([scratch("a.mp4")], to: scratch("o.h5"), options: options)
      #expect(try Dataset(path: scratch("o.h5")).clips[0].caption == "hi")
    }
  }

  @Test func differingRatesAreSaidBeforeAFrameIsRead() throws {
    try film("in/a.mp4", 1, fps: FrameRate(24))
    try film("in/b.mp4", 2, fps: FrameRate(30))
    try film("in/c.mp4", 3, fps: FrameRate(30))
    var heard: [String] = []
    _ = try VideoImport.run(
      [scratch("in")], to: scratch("o.h5"), progress: { done, _, _ in heard.append("\(done)") },
      warn: { heard.append($0) })
    #expect(heard[0].contains("--fps 30 keeps 2 of 3") && heard[1] == "0" && heard.count == 5, "\(heard)")
    var options = VideoImport.Options()
    options.fps = FrameRate(30)
    var said: [String] = []
    _ = try VideoImport.run([scratch("in")], to: scratch("o.h5"), options: options, warn: { said.append($0) })
    _ = try VideoImport.run([scratch("in/b.mp4"), scratch("in/c.mp4")], to: scratch("o.h5"), warn: { said.append($0) })
    #expect(said.isEmpty)
  }

  @Test func namesThatHideAreLeftOut() throws {
    try film("in/a.mp4")
    try film("in/\u{202E}4pm.mp4")
    let report = try VideoImport.run([scratch("in")], to: scratch("o.h5"))
    #expect(report.clips == 1 && report.skipped[0].text.contains("U+202E"))
  }

  /// A path that is made to mean another film while the first is read gives the first; a file that is written to is an
  /// error.
  @Test func whatIsDecodedIsWhatIsHashed() throws {
    try film("a.mp4", 1)
    try film("b.mp4", 2)
    let (a, b) = (scratch("a.mp4"), scratch("b.mp4")), hash = try Hashing.sha256(file: a)
    let planes = try VideoReader.planesSHA256(path: a)
    var options = VideoImport.Options()
    // The last thing that is read of a file: by then it was decoded.
    options.terms = { _ in
      rename(b, a)
      return nil
    }
    _ = try VideoImport.run([a], to: scratch("o.h5"), options: options)
    let origin = try JSON.parse(Dataset(path: scratch("o.h5")).clips[0].derivedFrom ?? "", at: "origin")
    #expect(origin["source"]?["file_sha256"]?.string == hash && origin["source"]?["frames_sha256"]?.string == planes)
    options.terms = { _ in
      let handle = FileHandle(forWritingAtPath: a)
      _ = try? handle?.seekToEnd()
      try? handle?.write(contentsOf: Data([0]))
      return nil
    }
    #expect(
      problem { try VideoImport.run([a], to: scratch("p.h5"), options: options) }.what.contains("while it was read"))
    #expect(!Disk.exists(scratch("p.h5")))
  }
}
