import Files
import Frames

/// A dataset of another layout written in the native one: the same frames, so the same hashes, and the actions each in the
/// row of the frame it follows.
public enum LayoutImport {
  public struct Report: Sendable {
    public var layout = "", clips = 0, frames = 0
    public var notes: [String] = []
  }

  /// Whether an input of `dataset import` is such a dataset rather than footage.
  public static func takes(_ path: String) throws -> Bool {
    try Disk.isFolder(path) ? FolderLayouts.isDataset(path) : HDF5Signature.stands(in: path)
  }

  /// Frames held at once.
  private static let mostBytes = 1 << 30

  /// - Parameter attributes: of the file, such as "optin_manifest".
  /// - Throws: `Problem` when it is native already, nobody knows its rate, or its clips have several sizes.
  public static func run(
    _ input: String, reading: Reading, to path: String, attributes: [String: String],
    _ progress: (Int, Int, String) -> Void
  ) throws -> Report {
    let data = try Dataset(path: input, reading: reading)
    guard let found = data.found else {
      throw Problem("this dataset is in the native layout already", at: input, fix: "train on it as it is")
    }
    try data.requireOneRateAndSize()
    let writer = try DatasetWriter(
      path: path, height: data.height, width: data.width, fps: data.fps, attributes: attributes,
      actionColumns: data.actionColumns, actionUnits: data.actionUnits)
    var report = Report(layout: found.layout, notes: data.notes)
    for (i, clip) in data.clips.enumerated() {
      let bytes = clip.frames.multipliedReportingOverflow(by: data.height * data.width * 3)
      guard !bytes.overflow, bytes.partialValue <= mostBytes else {
        throw Problem(
          "clip '\(clip.id)' has \(clip.frames) frames, more than are held at once", at: input,
          expected: "at most \(Text.bytes(mostBytes)) a clip", fix: "train on it where it lies")
      }
      try writer.append(
        id: clip.id, frames: data.frames(i, 0..<clip.frames), split: clip.split, caption: clip.caption,
        actions: data.actionColumns.isEmpty ? nil : data.actions(i))
      report.clips += 1
      report.frames += clip.frames
      progress(i + 1, data.clips.count, clip.id)
    }
    try writer.finish()
    return report
  }
}
