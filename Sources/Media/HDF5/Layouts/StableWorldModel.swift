import Files
import Frames

/// stable-worldmodel's columns over all steps: `pixels`, `pixels.<view>`, `action`, `ep_len`, `ep_offset`. The first action
/// of an episode may be none.
enum StableWorldModel: HDF5Layout {
  /// Whether a file has the native layout's own marks.
  static func isNative(_ file: LayoutFile) throws -> Bool {
    guard file.root["ep_len"] != nil, file.root["pixels"] != nil else { return false }
    return try file.root["clip_id"] != nil || file.text(file.root, "format") != nil
  }

  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard try !isNative(file), let lengths = file.root["ep_len"], let offsets = file.root["ep_offset"],
      file.root["pixels"] != nil
    else {
      return nil
    }
    let cameras = file.root.children.filter { $0.name == "pixels" || $0.name.hasPrefix("pixels.") }
    try file.prepare(file.root.datasets)
    for camera in cameras where camera.kind == .dataset { _ = try file.column(camera) }
    let long = try file.integers(lengths), first = try file.integers(offsets), rate = try file.rate(file.root)
    guard long.count == first.count else {
      throw file.problem("ep_len has \(long.count) rows and ep_offset \(first.count)")
    }
    let captions = try ["caption", "captions", "task", "instruction", "language"].lazy.compactMap { file.root[$0] }
      .first.flatMap { node -> [String]? in
        let column = try file.column(node)
        return column.kind == .text && column.shape.count == 1 ? try file.texts(node) : nil
      }
    let splits = try file.root["split"].map { try file.texts($0) }
    if let splits, splits.count != long.count {
      throw file.problem("'split' has \(splits.count) rows for \(Text.counted(long.count, "clip"))")
    }
    let named = try file.saidActions() ?? [file.root["action"]].compactMap { $0 }
    var table = ClipTable(layout: "stable-worldmodel"), isFirstNone = false
    for camera in cameras where file.wants(camera: camera.name) {
      let column = try file.column(camera)
      guard column.shape.count == 4 else {
        throw file.problem("'\(camera.name)' has the shape \(column.shape)", expected: "(frames, height, width, 3)")
      }
      for i in long.indices {
        let id = "episode_" + Text.padded(i, 6), rows = column.shape[0]
        guard long[i] > 0, first[i] >= 0, long[i] <= rows, first[i] <= rows - long[i] else {
          throw file.problem(
            "clip \(i) claims \(long[i]) frames from row \(first[i]), but '\(camera.name)' has \(rows) rows",
            fix: "write the file again; its clip table is damaged")
        }
        let range = first[i]..<first[i] + long[i]
        let pictures = try file.frames(camera, range: range, clip: id)
        let actions = try named.isEmpty ? nil : file.actions(named, frames: long[i], rows: range, .before, clip: id)
        if i == 0, let actions { isFirstNone = try actions.values().first.map { $0.isNaN } ?? false }
        table.clips.append(
          FoundClip(
            id, camera: camera.name, fps: rate, split: try splits.map { try split($0[i], id, file) },
            caption: captions.flatMap {
              $0.count == long.count ? $0[i] : $0.count == rows ? $0[range.lowerBound] : nil
            },
            pictures, actions: actions))
      }
    }
    table.notes = [
      "stable-worldmodel, \(Demos.words(rate, file.answers.fps == nil ? "the file" : "--read")), frame t then action t"
    ]
    if isFirstNone { table.notes.append("the first action of an episode is none (not a number in the file)") }
    if named.isEmpty { table.notes.append("there are no actions") }
    if rate == nil { table.questions.append("fps") }
    return table
  }

  private static func split(_ text: String, _ clip: String, _ file: LayoutFile) throws -> Split {
    guard let split = Split(rawValue: text) else {
      throw file.problem("the split of clip '\(clip)' is '\(text)'", expected: "train or validation")
    }
    return split
  }

  /// The table of a file that is read through its native columns.
  static func table(_ path: String, _ said: Reading, _ cacheBytes: Int) throws -> ClipTable {
    let file = try LayoutFile(HDF5File(path), said, cacheBytes: cacheBytes)
    guard let table = try read(file) else { throw file.problem("the file has changed while it was read") }
    return table
  }
}
