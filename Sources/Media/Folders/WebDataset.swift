import Files
import Foundation
import Frames

/// WebDataset's shards: tar files in which the members of a sample share their name up to its first dot.
enum WebDataset: FolderLayout {
  static let keys = ["fps"]

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let shards = folder.ending(".tar")
    guard !shards.isEmpty else { return nil }
    var table = ClipTable(layout: "webdataset"), without = 0, places: [String] = []
    let said = folder.answers.fps.flatMap { FrameRate(parsing: $0) }
    for shard in shards {
      let tar = try TarFile(folder.at(shard))
      var samples: [(key: String, members: [TarFile.Member])] = []
      for member in tar.members {
        let key = WebDataset.key(member.name)
        if samples.last?.key == key {
          samples[samples.count - 1].members.append(member)
        } else {
          samples.append((key, [member]))
        }
      }
      for (key, members) in samples {
        func member(_ ending: String) -> TarFile.Member? { members.first { $0.name == key + "." + ending } }
        guard let film = ["mp4", "mov", "webm", "mkv"].lazy.compactMap(member).first else {
          without += 1
          continue
        }
        let place = "\(folder.at(shard)), sample '\(key)'"
        let pictures = try FilmPictures(.part(tar.file, film.bytes), folder.cache, place: place)
        let facts = try member("json").map { try JSON.parse(tar.bytes($0), at: place) }
        let text = try member("txt").map { String(decoding: try tar.bytes($0), as: UTF8.self) }
        let actions = try (member("actions.npy") ?? member("action.npy")).map {
          try NPY(tar.bytes($0), at: place).actions(frames: pictures.frames, clip: key, at: place)
        }
        let caption =
          text.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? facts?["caption"]?.string
          ?? facts?["text"]?.string
        places.append(shard)
        table.clips.append(FoundClip(key, fps: said ?? pictures.fps, caption: caption, pictures, actions: actions))
      }
    }
    // A name that stands in two shards is told apart by the shard's.
    if Set(table.clips.map(\.id)).count < table.clips.count {
      for i in table.clips.indices { table.clips[i].id = ClipFolder.stem(places[i]) + "/" + table.clips[i].id }
    }
    table.notes = [
      "webdataset, \(Text.counted(shards.count, "shard")), \(Demos.words(table.clips.first?.fps, said == nil ? "the films" : "--read"))"
    ]
    if without > 0 { table.notes.append("without a film, and left out: \(Text.counted(without, "sample"))") }
    return table
  }

  /// The name up to the first dot of its last part.
  static func key(_ name: String) -> String {
    let slash = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    return name[slash...].firstIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
