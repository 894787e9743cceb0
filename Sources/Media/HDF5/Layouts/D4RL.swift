import Files

/// D4RL with pictures: flat arrays, an episode ends at terminals or timeouts, or with the data.
enum D4RL: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    let root = file.root
    guard let seen = root["observations"], seen.kind == .dataset, root["actions"] != nil,
      root["terminals"] != nil || root["rewards"] != nil
    else { return nil }
    try file.prepare(root.datasets)
    guard try file.kind(seen) == .array else { throw file.noPictures(root, file.stem) }
    let rows = try file.column(seen).shape[0]
    func flags(_ name: String) throws -> [Int]? {
      guard let node = root[name] else { return nil }
      let values = try file.integers(node)
      guard values.count == rows else {
        throw file.problem("'\(name)' has \(values.count) rows, 'observations' \(rows)", fix: "write the file again")
      }
      return values
    }
    let terminals = try flags("terminals"), timeouts = try flags("timeouts"), rate = try file.rate(root)
    let named = try file.saidActions() ?? [root["actions"]].compactMap { $0 }
    var table = ClipTable(layout: "d4rl"), begin = 0, isCut = false
    for row in 0..<rows {
      let isTerminal = terminals?[row] ?? 0 != 0, isTimeout = timeouts?[row] ?? 0 != 0
      guard isTerminal || isTimeout || row == rows - 1 else { continue }
      let id = "episode_" + Text.padded(table.clips.count, 6), range = begin..<row + 1
      let pictures = try file.frames(seen, range: range, clip: id)
      var clip = FoundClip(
        id, camera: "observations", fps: rate, pictures,
        actions: try named.isEmpty ? nil : file.actions(named, frames: range.count, rows: range, .before, clip: id))
      clip.facts["ends"] = isTerminal ? "terminal" : isTimeout ? "timeout" : .null
      isCut = !isTerminal && !isTimeout
      table.clips.append(clip)
      begin = row + 1
    }
    table.notes = [
      "d4rl, \(Demos.words(rate, "--read")), frame t then action t; episodes end at terminals or timeouts",
      "lengths: " + table.clips.prefix(12).map { "\($0.pictures.frames)" }.joined(separator: ", ")
        + (table.clips.count > 12 ? ", …" : ""),
    ]
    if timeouts == nil {
      table.notes.append("there are no timeouts: an episode that was cut off goes on into the next")
    }
    if isCut { table.notes.append("the last run of frames has no end mark; it is kept as a clip") }
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
