import Files

/// Minari's episodes: `episode_k/{observations[/key], actions}`, one observation more than actions, raw or JPEG.
enum Minari: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    let episodes = file.root.groups.filter {
      NumericOrder.number($0.name, after: "episode_") != nil && $0["observations"] != nil && $0["actions"] != nil
    }
    guard let first = episodes.first, let seen = first["observations"] else { return nil }
    var keys: [String?] = [nil]
    if seen.kind == .group {
      let terms = seen.deep()
      try file.prepare(terms.map(\.node))
      keys = try terms.filter { try file.kind($0.node) != .none }.map(\.path)
    }
    guard !keys.isEmpty, try seen.kind == .group || file.kind(seen) != .none else {
      throw file.noPictures(first, first.path)
    }
    func node(_ episode: StoredNode, _ key: String?) -> StoredNode? {
      key.map { episode["observations/" + $0] } ?? episode["observations"]
    }
    try file.prepare(episodes.flatMap { e in keys.compactMap { node(e, $0) } + [e["actions"]].compactMap { $0 } })
    let rate = try file.rate(file.root)
    var table = ClipTable(layout: "minari"), isJPEG = false, missing = 0
    for episode in episodes {
      for key in keys where file.wants(camera: key) {
        guard let term = node(episode, key), try file.kind(term) != .none else {
          missing += 1
          continue
        }
        let pictures: any ClipPictures
        if try file.kind(term) == .rows {
          pictures = try file.encoded(term, clip: episode.name).pictures
          isJPEG = true
        } else {
          pictures = try file.frames(term, clip: episode.name)
        }
        let named =
          try file.saidActions(below: episode) ?? [episode["actions"]].compactMap { $0 }.filter { $0.kind == .dataset }
        let actions =
          try named.isEmpty ? nil : file.actions(named, frames: pictures.frames, .beforeOneMore, clip: episode.name)
        table.clips.append(FoundClip(episode.name, camera: key, fps: rate, pictures, actions: actions))
      }
    }
    table.notes = [
      "minari, \(Demos.words(rate, "--read")), images \(isJPEG ? "JPEG" : "raw"), frame t then action t; the last observation has no action"
    ]
    if missing > 0 { table.notes.append("\(Text.counted(missing, "episode")) lack a camera others have") }
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
