import Bench
import Charts
import Files
import Foundation
import Frames
import Measures
import Media
import Synchronization
import Worlds

/// `orrery metrics calibrate`: videos of the user's or scenes of our own, damaged, measured, drawn. Scenes of our own
/// are also shown with a wrong g, unless metrics are named.
public struct ScoreCalibrationJob: Sendable {
  package let videos: [String]
  package let metrics: [any ClipMetric.Type]
  let showsGravity: Bool
  package let side, frames: Int
  package let out: String
  private let limits: DecodeLimits

  /// - Throws: `Problem` (usage) for an unknown metric or sizes out of range.
  public init(
    videos: [String], metrics: [String], side: Int, frames: Int, out: String, limits: DecodeLimits = .usual
  ) throws {
    guard (32...4096).contains(side), (5...10_000).contains(frames) else {
      throw Problem.usage("--side \(side), --frames \(frames)", expected: "a side from 32 to 4096, 5 to 10,000 frames")
    }
    self.metrics = metrics.isEmpty ? ClipMetrics.all : try metrics.map(ClipMetrics.named)
    showsGravity = videos.isEmpty && metrics.isEmpty
    (self.videos, self.side, self.frames, self.out, self.limits) = (videos, side, frames, out, limits)
  }

  /// What `run` writes.
  public var files: [String] { drawings.map { out + "/calibration-\($0).svg" } + [out + "/calibration.md"] }

  /// Two whose objects stay in the picture to the end, where damage is done.
  private static let scenarios = [Scenario.pendulum, .bounce]
  private var names: [String] {
    videos.isEmpty
      ? Self.scenarios.map(\.rawValue)
      : videos.map { (($0 as NSString).lastPathComponent as NSString).deletingPathExtension }
  }

  private var drawings: [String] { names + (showsGravity ? [ScoreCalibrationGravity.clip] : []) }

  public func run(threads: Int, _ console: Console) throws -> ScoreCalibration {
    let clips =
      videos.isEmpty
      ? try Self.scenarios.map(rendered) : try zip(videos, names).map { try ScoreCalibration.Clip($1, read($0)) }
    let progress = Mutex(
      (done: 0, bar: console.progress("damaging and measuring", total: ScoreCalibration.jobs(clips.count))))
    let gravity =
      showsGravity ? try ScoreCalibrationGravity(size: min(side, 128), instances: 8).responses(threads: threads) : []
    let calibration = try ScoreCalibration(clips, metrics: metrics, extra: gravity, threads: threads) {
      progress.withLock { state in
        state.done += 1
        state.bar.update(state.done)
      }
    }
    try Disk.makeFolder(out)
    for (name, file) in zip(drawings, files) {
      guard let drawing = ScoreCalibrationChart(name, calibration.responses).svg() else {
        throw Problem("no metric applies to this clip", at: name)
      }
      try Disk.write(drawing.text, to: file)
    }
    try Disk.write(calibration.markdown, to: out + "/calibration.md")
    return calibration
  }

  /// The first claim that does not hold; nil when all do.
  public func verdict(_ calibration: ScoreCalibration) -> Problem? {
    let broken = calibration.violations
    guard !broken.isEmpty else { return nil }
    return Problem(
      "\(broken.count) claims do not hold:\n"
        + broken.map {
          "    \($0.metric) does not order \($0.damage) on \($0.clip): \($0.values.map { $0.map(Text.short) ?? "n/a" }.joined(separator: " "))"
        }.joined(separator: "\n"),
      fix: "withdraw the claim, or mend the metric")
  }

  /// Its first frames, shrunk so that the longest side fits; sides even, so that they halve.
  private func read(_ path: String) throws -> Frames {
    let info = try VideoReader(path: path, limits: limits), longest = max(info.width, info.height)
    guard longest > side else { return try VideoReader.read(path, limit: frames, limits: limits) }
    func shrunk(_ length: Int) -> Int {
      max(2, Int((Double(length) * Double(side) / Double(longest) / 2).rounded()) * 2)
    }
    return try VideoReader.read(path, size: (shrunk(info.width), shrunk(info.height)), limit: frames, limits: limits)
  }

  private func rendered(_ scenario: Scenario) throws -> ScoreCalibration.Clip {
    let instance = try Instance(
      scenario, .validation, index: 0, setting: Setting(size: min(side, 128), frames: scenario.suiteFrames))
    return ScoreCalibration.Clip(scenario.rawValue, instance.render(), scene: SceneTruth(instance))
  }
}
