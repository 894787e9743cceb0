import Files
import Foundation
import Frames

/// DROID's episodes: numbers in `trajectory.h5`, films beside it by camera serial, or inside as bytes.
enum Droid: HDF5Layout {
  /// A film and its numbers may differ by so many frames at the end.
  private static let mostMissing = 2

  static func read(_ file: LayoutFile) throws -> ClipTable? {
    guard let actions = file.root["action"], actions.kind == .group,
      actions["cartesian_velocity"] != nil || actions["joint_velocity"] != nil || actions["joint_position"] != nil
        || actions["cartesian_position"] != nil
    else { return nil }
    let inside = file.root["observations/videos"]?.datasets ?? []
    let id = inside.isEmpty && file.stem == "trajectory" ? file.folder(1) + "/" + file.folder() : file.stem
    let folder = (Disk.absolute(file.path) as NSString).deletingLastPathComponent + "/recordings/MP4"
    var films: [(camera: String, source: FilmPictures.Source)] = try inside.map {
      ($0.name, .row(try EncodedRows(file, $0), 0))
    }
    if films.isEmpty {
      films = Disk.names(folder).filter { $0.hasSuffix(".mp4") }.sorted().map {
        (String($0.dropLast(4)), .file(folder + "/" + $0))
      }
    }
    guard !films.isEmpty else { throw file.noPictures(file.root, id) }
    let named = try file.saidActions(), text = try caption(file), said = try file.saidRate()
    var table = ClipTable(layout: "droid"), cut: [String] = []
    for (camera, source) in films where file.wants(camera: camera) {
      let place = "\(file.path), camera '\(camera)'"
      var film = try FilmPictures(source, isSwapped: file.answers.channels == .bgr, file.cache, place: place)
      var found: StoredActions?
      if let named {
        let rows = try named.first.map { try file.column($0).shape.first ?? 0 } ?? 0
        let both = min(rows, film.frames)
        if rows != film.frames, abs(rows - film.frames) <= mostMissing, both > 0 {
          cut.append("\(camera): the film has \(film.frames) frames, the numbers \(rows); the first \(both) are taken")
          film = try FilmPictures(
            source, range: 0..<both, isSwapped: file.answers.channels == .bgr, file.cache, place: place)
          found = try file.actions(named, frames: both, rows: 0..<both, .before, clip: id)
        } else {
          found = try file.actions(named, frames: film.frames, .before, clip: id)
        }
      }
      table.clips.append(FoundClip(id, camera: camera, fps: said ?? film.fps, caption: text, film, actions: found))
    }
    table.notes = [
      "droid, \(Demos.words(table.clips.first?.fps, said == nil ? "the film" : "--read")), "
        + (inside.isEmpty ? "films by serial beside it" : "films inside") + ", frame t then action t"
    ]
    table.notes += cut
    if named == nil {
      table.notes.append(
        "several actions are there and none is named: "
          + actions.datasets.map { "action/\($0.name)" }.joined(separator: ", ")
          + "; --read action=PATH, joined with ' + '")
      table.questions.append("action")
    }
    if films.contains(where: { $0.camera.hasSuffix("-stereo") }) {
      table.notes.append("a stereo film has its two pictures side by side")
    }
    return table
  }

  private static func caption(_ file: LayoutFile) throws -> String? {
    if let text = try file.text(file.root, "current_task"), !text.isEmpty { return text }
    let folder = (Disk.absolute(file.path) as NSString).deletingLastPathComponent
    guard let name = Disk.names(folder).first(where: { $0.hasPrefix("metadata_") && $0.hasSuffix(".json") }),
      let value = try? JSON.parse(Disk.readText(folder + "/" + name), at: name)
    else { return nil }
    return value["current_task"]?.string
  }
}
