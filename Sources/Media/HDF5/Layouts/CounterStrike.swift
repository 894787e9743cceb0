import Files
import Frames

/// Frames and inferred actions of Counter-Strike, four datasets a frame: `frame_i_x` BGR, `frame_i_y` 51 numbers.
enum CounterStrike: HDF5Layout {
  private static let names =
    ["w", "a", "s", "d", "space", "ctrl", "shift", "1", "2", "3", "r", "left click", "right click"]
    + (0..<23).map { "mouse x \($0)" } + (0..<15).map { "mouse y \($0)" }

  static func read(_ file: LayoutFile) throws -> ClipTable? {
    let root = file.root
    guard
      root["frame_0_x"] != nil
        || root.datasets.contains(where: { $0.name.hasPrefix("frame_") && $0.name.hasSuffix("_x") })
    else { return nil }
    let numbers = root.datasets.compactMap { node in
      node.name.hasSuffix("_x") ? NumericOrder.number(String(node.name.dropLast(2)), after: "frame_") : nil
    }.sorted()
    for (i, number) in numbers.enumerated() where i != number {
      throw file.problem(
        "frame \(i) is missing: the numbers of frames go from \(i - 1) to \(number)",
        expected: "frame_0_x, frame_1_x, … without a gap",
        fix: "copy the file again, or cut it before the gap")
    }
    let nodes = numbers.compactMap { root["frame_\($0)_x"] }, acts = numbers.compactMap { root["frame_\($0)_y"] }
    if !acts.isEmpty, let lost = numbers.dropLast().first(where: { root["frame_\($0)_y"] == nil }) {
      throw file.problem(
        "the action of frame \(lost) is missing: frame_\(lost)_y", expected: "an action a frame, but for the last",
        fix: "copy the file again, or cut it before the gap")
    }
    try file.prepare(nodes + acts)
    let pictures = try SeparateFrames(
      file, nodes, isSwapped: file.answers.channels.map { $0 == .bgr } ?? true, clip: file.stem)
    let rate = try file.rate(root) ?? FrameRate(16)
    var table = ClipTable(layout: "csgo")
    var actions: StoredActions?
    if !acts.isEmpty {
      let shapes = try Set(acts.map { try file.column($0).shape }), width = shapes.first?.first ?? 0
      guard shapes.count == 1, shapes.first?.count == 1, width > 0 else {
        throw file.problem("the actions frame_i_y have \(shapes.count) shapes", expected: "51 numbers a frame")
      }
      actions = StoredActions(
        shape: [acts.count, width],
        alignment: try file.fitting(.before, frames: pictures.frames, actions: acts.count, clip: file.stem),
        names: width == names.count ? names : nil
      ) {
        try acts.flatMap { try LayoutFile.doubles($0, StoredColumn(), 0..<width) }
      }
    }
    table.clips = [FoundClip(file.stem, fps: rate, pictures, actions: actions)]
    table.notes = [
      "csgo, \(rate.spoken)/s (\(file.answers.fps == nil ? "the recordings' rate" : "--read")), stored BGR, frame t then action t; "
        + "\(Text.counted(pictures.frames, "frame")) counted",
      "actions were inferred from the recordings, not logged",
    ]
    return table
  }
}
