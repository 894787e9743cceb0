import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import Runs
import TestKit
import Testing

/// What `dataset inspect` shows is what training and evaluating see.
@Suite struct WindowsTests {
  private static let lengths = [1, 2, 3, 5, 8, 13], strides = [1, 2, 3, 4, 7, 8, 21]

  /// The rule written down once more, frame by frame.
  @Test(arguments: lengths, strides)
  func everyFrameIsInAWindowOrLeftOver(_ length: Int, _ stride: Int) throws {
    let windows = try Windows(length: length, stride: stride)
    for frames in 0...60 {
      let starts = (0..<max(frames, 1)).filter { $0 % stride == 0 && $0 + length <= frames }
      #expect(windows.ranges(in: frames) == starts.map { $0..<$0 + length }, "\(frames) frames")
      #expect(windows.count(in: frames) == starts.count, "\(frames) frames")
      let covered = Set(starts.flatMap { $0..<$0 + length })
      #expect(windows.leftOver(in: frames) == frames - covered.count, "\(frames) frames")
    }
  }

  @Test func noWindowOfNothing() {
    for (length, stride) in [(0, 1), (1, 0), (-1, 1), (4, -2)] {
      #expect(throws: Problem.self) { try Windows(length: length, stride: stride) }
    }
  }

  /// A dataset of clips from 1 to 24 frames, all granted: the plan of `--window --stride` beside the source of an
  /// experiment with the same two.
  @Test func inspectShowsWhatTrainingSees() throws {
    let scratch = try Scratch()
    let writer = try DatasetWriter(
      path: scratch("d.h5"), height: 8, width: 8, fps: FrameRate(10), attributes: ["optin_manifest": "d.optin.json"])
    for frames in 1...24 {
      let clip = Frames(
        count: frames, height: 8, width: 8, pixels: [UInt8](repeating: UInt8(frames), count: frames * 192),
        fps: FrameRate(10))
      try writer.append(
        id: "clip-\(frames)", frames: clip, split: frames % 3 == 0 ? .validation : .train)
    }
    try writer.finish()
    let data = try Dataset(path: scratch("d.h5"))
    try Manifest.ownWork(licensor: "tests", name: nil, clips: Manifest.ListedClip.all(of: data)).write(
      to: scratch("d.optin.json"))
    for (length, stride) in Self.lengths.flatMap({ length in Self.strides.map { (length, $0) } }) {
      try Disk.write(
        """
        name: windows
        data: [{path: d.h5}]
        window: \(length)
        stride: \(stride)
        consent: {unsigned: [own-work]}
        model: {dim: 32, heads: 2, layers: 1, ffn: 64, patch: [1, 1, 1], freq_dim: 32}
        codec: {time: 1, space: 8}
        levels: {prefix_share: 0}
        """, to: scratch("w.yaml"))
      let experiment = try Experiment(path: scratch("w.yaml"))
      let plan = try ClipPlan(data, window: length, stride: stride)
      for (split, action) in [(Split.train, Action.fineTune), (.validation, .evaluate), (.train, .evaluate)] {
        let source = try ClipSource(experiment, action, split: split), shown = plan.windows(split)
        #expect(source.items.map(\.clip) == shown.map { data.clips[$0.clip].id }, "\(length) every \(stride)")
        #expect(source.items.map(\.range) == shown.map(\.range), "\(length) every \(stride)")
        #expect(plan.total(split).windows == source.items.count)
        // The same windows, told from the names of clips alone.
        #expect(source.itemsHash(including: Set(data.clips.map(\.id))) == source.itemsHash)
      }
    }
  }
}
