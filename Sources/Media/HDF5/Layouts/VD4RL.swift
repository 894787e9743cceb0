import Files

/// V-D4RL: `observation` channels first, `step_type` 0 first, 1, 2 last; action t led to frame t.
enum VD4RL: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    let root = file.root
    guard let seen = root["observation"], seen.kind == .dataset, let steps = root["step_type"] else { return nil }
    try file.prepare(root.datasets)
    guard try file.kind(seen) == .array else { throw file.noPictures(root, file.stem) }
    let kinds = try LayoutFile.doubles(steps, file.column(steps), 0..<(file.column(steps).shape.first ?? 0))
    let shape = try file.column(seen).shape, rate = try file.rate(root)
    guard kinds.count == shape[0] else {
      throw file.problem("'step_type' has \(kinds.count) rows, 'observation' \(shape[0])")
    }
    let named = try file.saidActions() ?? [root["action"]].compactMap { $0 }
    var table = ClipTable(layout: "v-d4rl"), begin = 0
    for row in kinds.indices {
      let isLast = kinds[row] == 2 || row == kinds.count - 1 || kinds[row + 1] == 0
      guard isLast else { continue }
      let id = "episode_" + Text.padded(table.clips.count, 6), range = begin..<row + 1
      let pictures = try file.frames(seen, range: range, clip: id)
      table.clips.append(
        FoundClip(
          id, camera: "observation", fps: rate, pictures,
          actions: try named.isEmpty ? nil : file.actions(named, frames: range.count, rows: range, .after, clip: id)))
      begin = row + 1
    }
    table.notes = [
      "v-d4rl, \(Demos.words(rate, "--read")), channels \(shape[1] == 3 ? "first" : "last"), action t then frame t; the first action is a dummy",
      "actions are moved by one for training: the action after frame t is row t+1; the last frame has none",
    ]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
