import Files
import Foundation
import Measures
import Media

/// `orrery score`: metrics of pixels alone, on any video file or HDF5 dataset. No licence is asked: nothing is conditioned or
/// trained by measuring.
public enum Score {
  /// One file's estimates; a dataset's are over its clips, a video's have n = 1 and no interval.
  public static func file(_ path: String) throws -> [Estimate] {
    try Disk.requireFile(path)
    if try isHDF5(path) {
      let dataset = try Dataset(path: path)
      let clips = dataset.clips.indices
      return try ClipMetrics.all.map { try summary($0, dataset, clips) }
    }
    let (frames, report) = try VideoReader.reading(path)
    // A damaged or irregular file is measured on what could be read, and the number says so.
    let damage = report.notes + (report.damaged > 0 ? ["\(report.damaged) frames are damaged"] : [])
    let evidence = Evidence(frames)
    return ClipMetrics.all.map { metric in
      var estimate = metric.estimate(evidence)
      estimate.note = ([estimate.note] + damage).filter { !$0.isEmpty }.joined(separator: "; ")
      return estimate
    }
  }

  private static func summary<M: ClipMetric>(_ metric: M.Type, _ dataset: Dataset, _ clips: Range<Int>) throws -> Estimate {
    guard let first = dataset.clips.first else { throw Problem("the dataset has no clips", at: dataset.path) }
    let measured = try clips.map { try M.measure(Evidence(dataset.frames($0, 0..<dataset.clips[$0].frames))) }
    let stamp = MetricProtocol(M.name, version: M.version, of: try dataset.frames(0, 0..<min(1, first.frames)))
    return M.summary(measured, protocol: stamp)
  }

  /// The signature every HDF5 file begins with.
  static func isHDF5(_ path: String) throws -> Bool {
    let handle = try Disk.open(path)
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 8)) == Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  /// The document `--json` prints.
  public static func value(_ items: [(path: String, estimates: [Estimate])]) -> Value {
    ["items": .array(items.map { item in
      ["path": .string(item.path), "metrics": .object(item.estimates.map { .init($0.protocol.metric, $0.json) })]
    })]
  }
}
