import Files
import Foundation
import Frames
import Measures
import Media

/// `orrery score`: metrics of pixels alone, on any video file, folder of pictures or HDF5 dataset. No licence is asked:
/// nothing is conditioned or trained by measuring.
public struct Score: Sendable {
  public var metrics: [any ClipMetric.Type]
  /// What every file is held against by the metrics that need a reference; nil for none.
  public var reference: String?
  /// Rate of folders of pictures.
  public var fps: FrameRate?
  /// Length in seconds of the windows in which drift is measured; nil for no windows.
  public var horizon: Double?
  public var threads: Int
  /// Networks that were trained to see; nil asks none.
  public var learnt: (any LearntFeatures)?
  /// On decoding a file.
  public var limits = DecodeLimits.usual
  /// Bytes of pixels that are held of one clip at a time.
  package var segmentBytes = ScoreSource.segmentBytes

  /// - Parameter names: metrics of the catalogue; all that the evidence allows when empty.
  /// - Throws: `Problem` (usage) for a name that is not in the catalogue.
  public init(
    _ names: [String] = [], reference: String? = nil, fps: FrameRate? = nil, horizon: Double? = nil, threads: Int = 1,
    learnt: (any LearntFeatures)? = nil
  ) throws {
    let needed: Set<EvidenceKind> = reference == nil ? [.reference, .scene] : [.scene]
    metrics =
      names.isEmpty ? ClipMetrics.all.filter { $0.needs.isDisjoint(with: needed) } : try names.map(ClipMetrics.named)
    if names.isEmpty, reference != nil, learnt?.weightsHash(.alexnet) != nil { metrics.append(LPIPS.self) }
    if names.isEmpty, learnt?.transformerHash != nil { metrics.append(AppearanceViT.self) }
    self.learnt = learnt
    (self.reference, self.fps, self.horizon, self.threads) = (reference, fps, horizon, threads)
  }

  /// Opens the reference, without which nothing can be scored.
  /// - Throws: `Problem` when it cannot be read.
  public func requireReference() throws {
    guard let reference else { return }
    if try Self.isDataset(reference) {
      _ = try Dataset(path: reference)
    } else {
      _ = try ScoreSource(reference, fps: fps, limits: limits)
    }
  }

  /// What was measured of one file, or why nothing was.
  public struct Item: Sendable {
    public let path: String
    public var estimates: [Estimate] = []
    /// Of the file, and so of every number: frames repeated or damaged, bits dropped, segments.
    public var notes: [String] = []
    public var horizons: [Horizon] = []
    public var problem: Problem?
  }

  /// A file that cannot be scored carries its problem; the others are scored all the same.
  /// - Parameter done: called with how many of the metrics are through.
  public func item(_ path: String, done: (Int) -> Void = { _ in }) -> Item {
    do {
      var item = try file(path, done)
      for i in item.estimates.indices {
        let stamp = item.estimates[i].protocol, own = LearntPairs.conditions(stamp.metric, learnt)
        item.estimates[i].protocol = MetricProtocol(stamp.metric, version: stamp.version, stamp.conditions + own)
      }
      return item
    } catch let problem as Problem { return Item(path: path, problem: problem) } catch {
      return Item(path: path, problem: Problem("it cannot be read: \(error.localizedDescription)", at: path))
    }
  }

  /// One file's estimates; a dataset's are over its clips, a video's have n = 1 and no interval.
  package func file(_ path: String, _ done: (Int) -> Void) throws -> Item {
    let isDataset = try Self.isDataset(path)
    if let reference, try Self.isDataset(reference) != isDataset {
      throw Problem(
        "the reference \(reference) is \(isDataset ? "no" : "an") HDF5 dataset, the file is \(isDataset ? "one" : "none")",
        at: path, expected: "both of one kind", fix: "import the videos with 'orrery dataset import'")
    }
    if isDataset { return try dataset(path) }
    let source = try ScoreSource(path, fps: fps, limit: segmentBytes, limits: limits)
    let against = try reference.map { try ScoreSource($0, fps: fps, limit: segmentBytes, limits: limits) }
    var segments: [Segment] = []
    while let frames = try source.segment() {
      let evidence = Evidence(frames, reference: try against?.segment(), learnt: learnt, threads: threads)
      segments.append(measure(evidence, after: segments.reduce(0) { $0 + $1.frames }, done))
    }
    guard let first = segments.first else {
      throw Problem("the video has no frames", at: path, fix: "check that the file plays")
    }
    var notes = source.notes + (against.map { side in side.notes.map { "reference: \($0)" } } ?? [])
    if try against?.segment() != nil { notes.append("the reference goes on after the clip ends") }
    if segments.count > 1 {
      notes.append(
        "scored in \(segments.count) segments of up to \(first.frames) frames (\(Text.bytes(segmentBytes)) each), averaged by length; nothing is seen across their borders"
      )
    }
    return Item(
      path: path, estimates: metrics.indices.map { Self.whole($0, metrics[$0], segments) }, notes: notes,
      horizons: horizons(segments))
  }

  /// What one segment of a clip gave.
  private struct Segment {
    let frames: Int
    let estimates: [Estimate]
    let windows: [[Horizon.Window]]
  }

  private func measure(_ evidence: Evidence, after start: Int, _ done: (Int) -> Void) -> Segment {
    var estimates: [Estimate] = [], windows: [[Horizon.Window]] = []
    for metric in metrics {
      estimates.append(metric.estimate(evidence))
      if let horizon {
        windows.append(
          Horizon(metric, evidence, seconds: horizon).windows.map { $0.moved(by: start, evidence.frames.fps) })
      }
      done(estimates.count)
    }
    return Segment(frames: evidence.frames.count, estimates: estimates, windows: windows)
  }

  private func horizons(_ segments: [Segment]) -> [Horizon] {
    guard horizon != nil else { return [] }
    return metrics.indices.map { k in
      Horizon(metric: metrics[k].name, unit: metrics[k].unit, windows: segments.flatMap { $0.windows[k] })
    }
  }

  /// The mean over segments, each by its length. A segment where the metric does not apply is named, and the rest
  /// stands.
  private static func whole(_ k: Int, _ metric: any ClipMetric.Type, _ segments: [Segment]) -> Estimate {
    var estimate = segments[0].estimates[k]
    if segments.count > 1 {
      let apply = segments.filter { $0.estimates[k].isApplicable }, frames = segments.reduce(0) { $0 + $1.frames }
      var conditions = estimate.protocol.conditions.filter { $0.name != "frames" }
      conditions += [.init("frames", String(frames)), .init("segment", String(segments[0].frames))]
      let stamp = MetricProtocol(metric.name, version: metric.version, conditions)
      if apply.isEmpty {
        estimate = .notApplicable(estimate.note, protocol: stamp, unit: metric.unit)
      } else {
        let total = apply.reduce(0.0) { $0 + $1.estimates[k].value * Double($1.frames) },
          length = apply.reduce(0) { $0 + $1.frames }
        let left = segments.count - apply.count
        estimate = Estimate(
          total / Double(length), protocol: stamp, unit: metric.unit,
          note: left > 0 ? "\(left) of \(segments.count) segments left out: not applicable" : apply[0].estimates[k].note
        )
      }
    }
    return estimate
  }

  private func dataset(_ path: String) throws -> Item {
    let dataset = try Dataset(path: path), other = try reference.map { try Dataset(path: $0) }
    guard let first = dataset.clips.first else { throw Problem("the dataset has no clips", at: path) }
    if let other, other.clips.count != dataset.clips.count {
      throw Problem(
        "the dataset has \(Text.counted(dataset.clips.count, "clip")), its reference \(other.clips.count)", at: path,
        fix: "give a reference with the same clips in the same order")
    }
    let most = max(1, segmentBytes / (dataset.width * dataset.height * 3))
    let measured = try concurrently(dataset.clips.count, threads: threads) { clip -> [Measures.Measurement] in
      let length = dataset.clips[clip].frames
      let segments = try stride(from: 0, to: max(1, length), by: most).map {
        start -> (frames: Int, measurements: [Measures.Measurement]) in
        let end = min(start + most, length)
        // The last segment is held against all that the reference has left, so that a longer or shorter one is noticed.
        let reference = try other.map { other in
          let there = other.clips[clip].frames
          return try other.frames(clip, min(start, there)..<(end == length ? there : min(end, there)))
        }
        let evidence = try Evidence(dataset.frames(clip, start..<end), reference: reference, learnt: learnt, threads: 1)
        return (end - start, metrics.map { $0.measure(evidence) })
      }
      return metrics.indices.map { k in Self.whole(segments.map { ($0.frames, $0.measurements[k]) }) }
    }
    let one = try dataset.frames(0, 0..<min(1, first.frames))
    return Item(
      path: path,
      estimates: metrics.enumerated().map { k, metric in
        let stamp = MetricProtocol(metric.name, version: metric.version, of: one).replacing(
          "frames", Self.range(dataset.clips.map(\.frames)))
        return metric.summary(measured.map { $0[k] }, protocol: stamp)
      })
  }

  /// The mean over a long clip's segments, each by its length; those where the metric does not apply are named, and the
  /// rest stands.
  private static func whole(_ segments: [(frames: Int, measurement: Measures.Measurement)]) -> Measures.Measurement {
    guard segments.count > 1 else { return segments[0].measurement }
    var sum = 0.0, frames = 0, left = 0
    for segment in segments {
      guard let value = segment.measurement.number else { left += 1; continue }
      (sum, frames) = (sum + value * Double(segment.frames), frames + segment.frames)
    }
    guard frames > 0 else { return segments[0].measurement }
    return .value(
      sum / Double(frames),
      note: "scored in segments of up to \(segments[0].frames) frames, averaged by length"
        + (left > 0 ? "; \(left) of \(segments.count) left out: not applicable" : ""))
  }

  /// "16", or "8-32" when clips differ.
  private static func range(_ lengths: [Int]) -> String {
    let least = lengths.min() ?? 0, most = lengths.max() ?? 0
    return least == most ? String(least) : "\(least)-\(most)"
  }

  private static func isDataset(_ path: String) throws -> Bool {
    try !Disk.isFolder(path) && Disk.exists(path) && HDF5Signature.stands(in: path)
  }
}

extension Score {
  /// The document `--json` prints. What must be known of the file stands in the note of each of its numbers.
  public static func value(_ items: [Item]) -> Value {
    [
      "items": .array(
        items.map { item in
          var fields: [Value.Field] = [
            .init("path", .string(item.path)),
            .init("metrics", .object(item.estimates.map { .init($0.protocol.metric, $0.noting(item.notes).json) })),
          ]
          if !item.horizons.isEmpty {
            fields.append(.init("horizon", .object(item.horizons.map { .init($0.metric, $0.json) })))
          }
          if let problem = item.problem { fields.append(.init("error", .string(problem.description))) }
          return .object(fields)
        })
    ]
  }

  /// Columns of a terminal that the words fit in.
  private static let width = 80

  /// A file's name, then a line a metric; below it what does not apply, the notes, and drift.
  public static func text(_ items: [Item]) -> String { items.map(text).joined(separator: "\n\n") }

  private static func text(_ item: Item) -> String {
    if let problem = item.problem { return wrapped(["n/a  \(problem)"]) }
    let apply = item.estimates.filter(\.isApplicable), lacking = item.estimates.filter { !$0.isApplicable }
    let n = apply.map(\.n).max() ?? 1
    let rows = apply.map { ["  " + $0.protocol.metric, $0.text, $0.unit] }
    let notes =
      apply.filter { !$0.note.isEmpty }.map { "note: \($0.protocol.metric): \($0.note)" }
      + item.notes.map { "note: \($0)" }
    let drift = item.horizons.map { horizon in
      let values = horizon.windows.map { window in
        if case .value(let value, _) = window.measurement { Text.short(value) } else { "n/a" }
      }
      return "\(horizon.metric) by window: \(values.joined(separator: " "))"
        + (horizon.slope.map { "; slope \(Text.short($0)) \(horizon.unit)/s" } ?? "")
    }
    return wrapped(
      [item.path + (n > 1 ? " (\(Text.counted(n, "clip")))" : "")]
        + (rows.isEmpty ? [] : [TextTable.text(rows, left: nil)])
        + MetricTable.folded(lacking.map { ($0.protocol.metric, $0.note) }) + notes + drift)
  }

  private static func wrapped(_ lines: [String]) -> String {
    lines.map { Text.wrapped($0, within: width) }.joined(separator: "\n")
  }
}

extension Estimate {
  fileprivate func noting(_ notes: [String]) -> Estimate {
    var copy = self
    copy.note = ([note] + notes).filter { !$0.isEmpty }.joined(separator: "; ")
    return copy
  }
}
