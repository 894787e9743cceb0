import Files
import Frames
import Media

/// What training will see of a dataset, and what it will not: every window, counted by split, with a reason for each
/// clip and frame left out. Pure; `dataset inspect` prints it.
public struct ClipPlan: Sendable {
  /// One stretch of a clip that training sees as a sample.
  public struct Window: Sendable, Equatable {
    /// Place of the clip in the file.
    public var clip: Int
    public var range: Range<Int>
    public init(clip: Int, range: Range<Int>) { (self.clip, self.range) = (clip, range) }
  }

  public struct Entry: Sendable {
    public var id: String, split: Split, frames: Int, windows: Int
    /// Frames that no window covers.
    public var leftOver: Int
    /// Why the clip, or part of it, is left out; nil when all of it is used.
    public var reason: String?
  }

  public let windows: Windows
  public let context: Int
  public let width: Int, height: Int, fps: FrameRate
  public let entries: [Entry]
  public let notes: [String]

  /// - Parameters:
  ///   - window: frames a sample.
  ///   - stride: frames from one window's start to the next's in the same clip.
  ///   - context: frames of a window given clean; only the rest are predicted.
  /// - Throws: `Problem` (usage) when the three contradict each other.
  public init(
    clips: [ClipRecord], width: Int, height: Int, fps: FrameRate, notes: [String] = [], window: Int, stride: Int,
    context: Int = 0
  ) throws {
    let windows = try Windows(length: window, stride: stride)
    guard (0..<window).contains(context) else {
      throw Problem.usage(
        "\(context) frames of context leave nothing to predict in a window of \(window)", expected: "0 to \(window - 1)"
      )
    }
    (self.windows, self.context, self.notes) = (windows, context, notes)
    (self.width, self.height, self.fps) = (width, height, fps)
    entries = clips.map { clip in
      Entry(
        id: clip.id, split: clip.split, frames: clip.frames, windows: windows.count(in: clip.frames),
        leftOver: windows.leftOver(in: clip.frames), reason: windows.reason(in: clip.frames))
    }
  }

  /// - Parameter notes: what else was found, beside the dataset's own notes.
  public init(_ dataset: Dataset, window: Int, stride: Int, context: Int = 0, notes: [String] = []) throws {
    try self.init(
      clips: dataset.clips, width: dataset.width, height: dataset.height, fps: dataset.fps,
      notes: dataset.notes + notes,
      window: window, stride: stride, context: context)
  }

  /// Every window of a split, in the order of the file.
  public func windows(_ split: Split) -> [Window] {
    entries.indices.filter { entries[$0].split == split }.flatMap { clip in
      windows.ranges(in: entries[clip].frames).map { Window(clip: clip, range: $0) }
    }
  }

  public struct Total: Sendable, Equatable { public var clips = 0, used = 0, frames = 0, leftOver = 0, windows = 0 }

  public func total(_ split: Split) -> Total {
    entries.filter { $0.split == split }.reduce(into: Total()) {
      $0.clips += 1
      $0.used += $1.windows > 0 ? 1 : 0
      $0.frames += $1.frames
      $0.leftOver += $1.leftOver
      $0.windows += $1.windows
    }
  }

  /// A table for people: totals by split, then what is left out, then what was assumed. At most `limit` clips are
  /// named.
  public func text(limit: Int = 20) -> String {
    func cell(_ text: String, _ width: Int, left: Bool = false) -> String {
      let space = String(repeating: " ", count: max(0, width - text.count))
      return left ? text + space : space + text
    }
    var lines = [
      "frames \(width)x\(height) at \(fps) a second; windows of \(windows.length) frames every \(windows.stride), \(context) of them context",
      "",
    ]
    let names = ["clips", "used", "frames", "left out", "windows", "seconds"]
    lines.append(cell("split", 12, left: true) + names.map { cell($0, 11) }.joined())
    for split in Split.allCases {
      let t = total(split), tenths = Int((Double(t.frames) / fps.perSecond * 10).rounded())
      let row = [t.clips, t.used, t.frames, t.leftOver, t.windows].map(String.init) + ["\(tenths / 10).\(tenths % 10)"]
      lines.append(cell(split.rawValue, 12, left: true) + row.map { cell($0, 11) }.joined())
    }
    let left = entries.filter { $0.reason != nil }
    if !left.isEmpty {
      lines += ["", "left out, of \(left.count) clips:"]
      lines += left.prefix(limit).map { "  \($0.id): \($0.reason ?? "")" }
      if left.count > limit { lines.append("  … and \(left.count - limit) more") }
    }
    if !notes.isEmpty { lines += ["", "assumed:"] + notes.map { "  \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  public var value: Value {
    var splits = Value.object([])
    for split in Split.allCases {
      let t = total(split)
      splits.set(
        split.rawValue,
        [
          "clips": Value(t.clips), "used": Value(t.used), "frames": Value(t.frames), "left_out": Value(t.leftOver),
          "windows": Value(t.windows),
        ])
    }
    let left = entries.filter { $0.reason != nil }.map {
      Value.object([
        .init("clip", .string($0.id)), .init("frames", Value($0.leftOver)), .init("reason", Value($0.reason)),
      ])
    }
    return [
      "width": Value(width), "height": Value(height), "fps": .string(fps.description), "window": Value(windows.length),
      "stride": Value(windows.stride), "context": Value(context),
      "splits": splits, "left_out": .array(left), "notes": .array(notes.map { .string($0) }),
    ]
  }
}
