import Bench
import Files
import Foundation
import Frames
import Measures
import Media
import Score
import TestKit
import Testing

/// Scoring pixels wherever they come from: what is streamed, what is noted, what is refused.
@Suite struct ScoreTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  /// A clip whose frame t is flat grey `levels[t]`.
  func flat(_ levels: [UInt8], side: Int = 16) -> Frames {
    Frames(
      count: levels.count, height: side, width: side,
      pixels: levels.flatMap { [UInt8](repeating: $0, count: side * side * 3) }, fps: FrameRate(10))
  }

  func folder(_ name: String, _ frames: [(String, Frames)]) throws -> String {
    try Disk.makeFolder(scratch(name))
    for (file, frame) in frames { try PNG.write(frame, to: scratch(name + "/" + file)) }
    return scratch(name)
  }

  func value(_ item: Score.Item, _ metric: String) throws -> Estimate {
    try #require(item.estimates.first { $0.protocol.metric == metric })
  }

  /// f10 comes after f9, so a slope is a slope; what is no picture is named.
  @Test func foldersAreInNaturalOrder() throws {
    let path = try folder("f", (1...12).map { ("f\($0).png", flat([UInt8(10 * $0)])) })
    try Disk.write("hello", to: path + "/readme.txt")
    let item = try Score(["luma_flicker_d2"], fps: FrameRate(10)).item(path)
    #expect(try value(item, "luma_flicker_d2").value < 1e-9 && item.problem == nil)
    #expect(item.notes == ["1 files that are no pictures were passed over: readme.txt"])
    #expect(try Score(["luma_flicker_d2"]).item(path).notes.contains { $0.contains("25 is assumed") })
  }

  @Test func aFrameOfAnotherSizeIsNamed() throws {
    let path = try folder("mixed", [("1.png", flat([1])), ("2.png", flat([2], side: 24))])
    let problem = try #require(try Score().item(path).problem)
    #expect(
      problem.place?.hasSuffix("2.png") == true && problem.what.contains("24x24") && problem.what.contains("16x16"))
  }

  /// A clip too long to hold is scored in segments, and says so; the mean is by length.
  @Test func longClipsComeInSegments() throws {
    // Five frames that alternate by ±8, then five still ones, then two.
    let levels: [UInt8] = [100, 116, 100, 116, 100] + [100, 100, 100, 100, 100] + [100, 100]
    let path = try folder("long", levels.enumerated().map { ("\($0.offset).png", flat([$0.element])) })
    var score = try Score(["luma_flicker_d2"], fps: FrameRate(10), horizon: 0.5)
    score.segmentBytes = 5 * 16 * 16 * 3
    let item = score.item(path), estimate = try value(item, "luma_flicker_d2")
    // The last two frames are too few to have a second difference.
    #expect(abs(estimate.value - 4) < 1e-9 && estimate.note == "1 of 3 segments left out: not applicable")
    #expect(item.notes.contains { $0.contains("3 segments of up to 5 frames") })
    #expect(
      estimate.protocol.description == "luma_flicker_d2/1 resolution=16x16 fps=10/1 frames=12 segment=5"
        || estimate.protocol.description.contains("frames=12 segment=5"))
    let horizon = try #require(item.horizons.first)
    #expect(
      horizon.windows.map { $0.frames.lowerBound } == [0, 5] && horizon.windows.map { $0.seconds } == [0.25, 0.75])
  }

  @Test func references() throws {
    let a = try folder("a", [("1.png", flat([100])), ("2.png", flat([100]))]),
      b = try folder("b", [("1.png", flat([110])), ("2.png", flat([110]))])
    let short = try folder("short", [("1.png", flat([110]))])
    let item = try Score(["psnr", "ssim"], reference: b).item(a)
    #expect(abs(try value(item, "psnr").value - 28.130804) < 1e-6)
    #expect(abs(try value(item, "ssim").value - 0.995476444) < 2e-6)
    #expect(try value(Score(["psnr"], reference: short).item(a), "psnr").note.contains("2 frames, its reference 1"))
    // Without a reference the paired metrics are left out, unless asked for by name.
    #expect(
      try !Score().metrics.contains { $0.needs.contains(.reference) }
        && Score(reference: b).metrics.contains { $0.name == "psnr" })
    #expect(try value(Score(["psnr"]).item(a), "psnr").note == "no reference clip was given")
  }

  @Test func aNameThatIsNoMetric() throws {
    let problem = #expect(throws: Problem.self) { try Score(["luma_flicker"]) }
    #expect(problem?.exit == .usage && problem?.what.contains("luma_flicker_d2") == true)
  }

  @Test func featureFiles() throws {
    let values: [Float] = [1, 2, 3, 4, 5, 6]
    try values.withUnsafeBufferPointer {
      _ = try Safetensors.write([.init("anything", [3, 2], $0)], to: scratch("x.safetensors"))
    }
    let x = try ScoreFeatures.read(scratch("x.safetensors"))
    #expect(x.rows == 3 && x.columns == 2 && x.values == [1, 2, 3, 4, 5, 6])
    try Disk.write(
      Self.npy("<f4", "(3, 2)", values.flatMap { f in withUnsafeBytes(of: f.bitPattern.littleEndian) { Array($0) } }),
      to: scratch("x.npy"))
    #expect(try ScoreFeatures.read(scratch("x.npy")) == x)
    // Nothing that is wrong with a file is passed over.
    for (type, shape, bytes) in [
      ("<i4", "(3, 2)", 24), ("<f4", "(3, 3)", 24), ("<f4", "(6,)", 24), ("<f4", "(-3, -2)", 24),
      ("<f4", "(9999999999, 9999999999)", 24),
    ] {
      try Disk.write(Self.npy(type, shape, [UInt8](repeating: 0, count: bytes)), to: scratch("bad.npy"))
      #expect(throws: Problem.self, "\(type) \(shape)") { try ScoreFeatures.read(scratch("bad.npy")) }
    }
    try Disk.write("not an array", to: scratch("bad.npy"))
    #expect(throws: Problem.self) { try ScoreFeatures.read(scratch("bad.npy")) }
    #expect(throws: Problem.self) { try ScoreFeatures.read(scratch("x.txt")) }
  }

  static func npy(_ type: String, _ shape: String, _ body: [UInt8]) -> Data {
    let header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n".utf8)
    return Data(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 255), UInt8(header.count >> 8)] + header + body)
  }

  /// What is missing is listed whole, and nothing is scored without it.
  @Test func physicsIQIsStrict() throws {
    for name in ["real", "made"] { try Disk.makeFolder(scratch(name)) }
    for file in [
      "0001_testing-videos_10FPS_perspective-left_take-1_ball.mp4",
      "0003_testing-videos_10FPS_perspective-left_take-1_duck.mp4",
      "0004_testing-videos_10FPS_perspective-left_take-2_duck.mp4", "odd.mp4",
    ] {
      try Disk.write("", to: scratch("real/" + file))
    }
    try Disk.write("", to: scratch("made/0003_perspective-left_duck.mp4"))
    let problem = try #require(
      #expect(throws: Problem.self) { try ScorePhysicsIQ(real: scratch("real"), generated: [scratch("made")]) })
    for word in [
      "3 files", "odd.mp4: not named", "perspective-left_ball: take 2 is missing",
      "no continuation 0001_perspective-left_ball.mp4",
    ] { #expect(problem.what.contains(word), "\(problem)") }
  }

  /// Two runs on one view: the take itself scores full marks, a still one less, and their spread is the sample's.
  @Test func physicsIQOnItsLayout() throws {
    func film(_ path: String, _ place: (Int) -> Int) throws {
      var pixels = [UInt8](repeating: 40, count: 50 * 96 * 96 * 3)
      for t in 0..<50 {
        for y in 36..<60 {
          for x in place(t)..<place(t) + 24 { for c in 0..<3 { pixels[((t * 96 + y) * 96 + x) * 3 + c] = 230 } }
        }
      }
      try VideoWriter.write(
        Frames(count: 50, height: 96, width: 96, pixels: pixels, fps: FrameRate(10)), to: path,
        options: .init(crf: 0, threads: 1))
    }
    for name in ["real", "one", "two"] { try Disk.makeFolder(scratch(name)) }
    try film(scratch("real/0001_testing-videos_10FPS_perspective-left_take-1_box.mp4")) { 2 + $0 }
    try film(scratch("real/0002_testing-videos_10FPS_perspective-left_take-2_box.mp4")) { 3 + $0 }
    try film(scratch("one/0001_perspective-left_box.mp4")) { 2 + $0 }
    try film(scratch("two/0001_anything.mp4")) { _ in 2 }
    let result = try ScorePhysicsIQ(real: scratch("real"), generated: [scratch("one"), scratch("two")]).run(threads: 2)
    { _ in }
    #expect(result.original[0] == 100 && result.verified[0] == 1)
    #expect(result.original[1] < 20 && result.verified[1] < 0.3, "\(result.original) \(result.verified)")
    #expect(result.text.contains("sample SD of 2 runs") && result.value["physics_iq_verified"]?["sd"]?.double != nil)
  }

  /// A small scene, damaged: no claim of the catalogue is contradicted, and drawing and table are written.
  @Test func calibrationHolds() throws {
    let cheap = [
      "luma_flicker_d2", "midframe_residual_linear", "psnr", "ssim", "appearance_consistency_hogcolor", "area_cv",
      "shape_iou", "tdssim100",
    ]
    let job = try ScoreCalibrationJob(videos: [], metrics: cheap, side: 64, frames: 16, out: scratch("calibration"))
    let calibration = try job.run(threads: 2, Console(json: false, quiet: true))
    #expect(calibration.violations.isEmpty, "\(job.verdict(calibration)?.description ?? "")")
    #expect(job.files.allSatisfy(Disk.exists))
    #expect(try Disk.readText(scratch("calibration/calibration.md")).contains("| `luma_flicker_d2` ↓ | flicker"))
  }

  /// The right g is the ground truth, and a wrong one is worse the more it is wrong.
  @Test func wrongGravityIsCalibrated() throws {
    let responses = try ScoreCalibrationGravity(size: 64, instances: 2).responses(threads: 2)
    func of(_ metric: String) -> [ScoreCalibration.Response] { responses.filter { $0.metric == metric } }
    #expect(
      of("physics_tol5").count == 4 && of("trajectory_rmse").count == 4
        && responses.contains { $0.claim == .orders && $0.isMeasured })
    for response in responses {
      #expect(!response.isViolated, "\(response.metric) on \(response.damage): \(response.values)")
    }
    for score in of("physics_tol5").map({ $0.values.map { $0 ?? .nan } }) {
      #expect(score[0] > 99.9 && score[0] >= score[1] && score[1] > score[3], "\(score)")
    }
  }
}
