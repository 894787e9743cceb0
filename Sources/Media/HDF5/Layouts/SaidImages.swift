import Files

/// Pictures that a person names: `--read images=PATH`, `*` standing for any name of one level, a clip each.
enum SaidImages: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let pattern = file.answers.images else { return nil }
    let nodes = file.matching(pattern).filter { $0.kind == .dataset }
    guard !nodes.isEmpty else {
      throw file.problem(
        "there is no dataset '\(pattern)'; there is: \(file.keys(file.root))",
        fix: "name one that is there: --read images=PATH")
    }
    if nodes.count == 1, !pattern.contains("*") { return try Videos.table(file, nodes[0]) }
    try file.prepare(nodes)
    let steps = pattern.split(separator: "/"), rate = try file.rate(file.root)
    var table = ClipTable(layout: "videos")
    for node in nodes {
      let found = node.path.split(separator: "/")
      let id = zip(steps, found).filter { $0.0 == "*" }.map { String($0.1) }.joined(separator: "/")
      let pictures: any ClipPictures =
        try file.kind(node) == .rows ? file.encoded(node, clip: id).pictures : file.frames(node, clip: id)
      var actions: StoredActions?
      if let names = file.answers.actions {
        let columns = try names.map { name -> StoredNode in
          var parts = id.split(separator: "/")[...]
          let path = name.split(separator: "/").map {
            $0 == "*" && !parts.isEmpty ? String(parts.removeFirst()) : String($0)
          }
          guard let column = file.root[path.joined(separator: "/")] else {
            throw file.problem(
              "there is no dataset '\(path.joined(separator: "/"))'", fix: "name others: --read actions=PATH")
          }
          return column
        }
        actions = try file.actions(columns, frames: pictures.frames, .before, clip: id)
      }
      table.clips.append(FoundClip(id, camera: file.answers.camera, fps: rate, pictures, actions: actions))
    }
    table.notes = ["videos, '\(pattern)' as told, \(Demos.words(rate, "--read")), frame t then action t"]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
