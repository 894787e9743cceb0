import Files

/// phyworld: `video_streams`, a whole film a row; merged files have groups of such columns.
enum Phyworld: HDF5Layout {
  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let streams = file.root["video_streams"] else { return nil }
    var table = ClipTable(layout: "phyworld")
    let said = try file.saidRate()
    for part in streams.kind == .dataset ? [streams] : streams.datasets {
      let rows = try EncodedRows(file, part)
      for row in 0..<rows.count {
        let id = streams.kind == .dataset ? "\(row)" : "\(part.name)/\(row)"
        let film = try FilmPictures(
          .row(rows, row), isSwapped: file.answers.channels == .bgr, file.cache, place: "\(file.path), clip '\(id)'")
        table.clips.append(FoundClip(id, fps: said ?? film.fps, film))
      }
    }
    table.notes = [
      "phyworld, \(Demos.words(table.clips.first?.fps, said == nil ? "the films" : "--read")), a film a row; there are no actions"
    ]
    return table
  }
}
