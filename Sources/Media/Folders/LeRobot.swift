import Files
import Foundation
import Frames
import Synchronization

/// LeRobot's datasets, v2.1 (a film and a table an episode) and v3 (episodes one after another): `meta/info.json`,
/// Parquet tables, films by camera. Frames are found by number, never by time alone.
enum LeRobot: FolderLayout {
  static let keys = ["fps", "camera"]

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    guard folder.has("meta/info.json") else { return nil }
    let place = folder.at("meta/info.json"), info = try JSON.parse(Disk.readText(place), at: place)
    let version = info["codebase_version"]?.string ?? "v2.0", isThird = version.hasPrefix("v3")
    guard isThird || version.hasPrefix("v2") else {
      throw Problem(
        "this is LeRobot's version '\(version)'", at: place, expected: "v2.0, v2.1 or v3.0",
        fix: "convert it with LeRobot's own script")
    }
    guard let fps = info["fps"]?.double, fps > 0, fps <= 1e6,
      let rate = FrameRate(parsing: fps == fps.rounded() ? "\(Int(fps))" : "\(fps)"),
      let features = info["features"]?.fields
    else { throw Problem("it names no fps or no features", at: place, fix: "copy the dataset again") }
    let cameras = features.filter { $0.value["dtype"]?.string == "video" }.map(\.key)
    guard !cameras.isEmpty else {
      let images = features.filter { $0.value["dtype"]?.string == "image" }.map(\.key)
      throw Problem(
        images.isEmpty
          ? "it has states and no pictures; features there: \(features.map(\.key).joined(separator: ", "))"
          : "its pictures lie inside its tables (\(images.joined(separator: ", "))), which is not read", at: place,
        expected: "cameras as films", fix: "write it with films: use_videos=True")
    }
    let episodes = try isThird ? third(folder, info, cameras) : second(folder, info, cameras)
    let reels = Reels(folder)
    let tables = ActionTables(folder)
    let feature = info["features"]?["action"], names = feature?["names"]
    let columns = names?.array?.compactMap(\.string) ?? names?.fields?.first?.value.array?.compactMap(\.string)
    var splits: [(Split, Range<Int>)] = []
    for field in info["splits"]?.fields ?? [] {
      let ends = (field.value.string ?? "").split(separator: ":").compactMap { Int($0) }
      guard ends.count == 2, ends[0] <= ends[1] else { continue }
      splits.append((field.key == "train" ? .train : .validation, ends[0]..<ends[1]))
    }
    let said = folder.answers.fps.flatMap { FrameRate(parsing: $0) }
    var table = ClipTable(layout: "lerobot")
    for episode in episodes {
      let id = "episode_" + Text.padded(episode.index, 6)
      for camera in cameras where folder.answers.camera.map({ $0 == camera }) ?? true {
        guard let film = episode.films[camera] else { continue }
        let pictures = try ReelPictures(
          reels.reel(film.file), from: film.start, frames: episode.length,
          place: "\(folder.at(film.file)), clip '\(id)'")
        var actions: StoredActions?
        if feature != nil, let width = feature?["shape"]?.array?.first?.integer, (1...65_536).contains(width) {
          let wanted = episode
          actions = StoredActions(
            shape: [episode.length, width], alignment: .before, names: columns?.count == width ? columns : nil
          ) { try tables.actions(wanted, width: width) }
        }
        let split =
          splits.first { $0.0 == .validation && $0.1.contains(episode.index) }?.0
          ?? splits.first { $0.1.contains(episode.index) }?.0
        table.clips.append(
          FoundClip(
            id, camera: camera, fps: said ?? rate, split: split, caption: episode.task, pictures, actions: actions))
      }
    }
    table.notes = [
      "lerobot \(version), \(Demos.words(said ?? rate, said == nil ? "info.json" : "--read")), upright, frame t then action t"
    ]
    return table
  }

  struct Episode: Sendable {
    var index = 0, length = 0
    var task: String?
    /// The file of its table.
    var table = ""
    var films: [String: (file: String, start: Int)] = [:]
  }

  private static let mostFrames = 1 << 32

  /// `{name}`, `{name:03d}` replaced.
  static func filled(_ template: String, _ values: [String: String]) throws -> String {
    var out = "", rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      out += rest[..<open]
      guard let close = rest[open...].firstIndex(of: "}") else { break }
      let parts = rest[rest.index(after: open)..<close].split(separator: ":", maxSplits: 1)
      guard let name = parts.first, let value = values[String(name)] else {
        throw Problem(
          "the template '\(template)' names something unknown", at: "meta/info.json", fix: "copy the dataset again")
      }
      let digits = parts.count > 1 ? Int(parts[1].filter(\.isNumber)) ?? 0 : 0
      out += Int(value).map { Text.padded($0, min(20, digits)) } ?? value
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  private static func lines(_ folder: ClipFolder, _ name: String) throws -> [Value] {
    guard folder.has(name) else { return [] }
    return try Disk.readText(folder.at(name), largest: 1 << 30).split(whereSeparator: \.isNewline).enumerated().map {
      try JSON.parse(String($1), at: "\(folder.at(name)), line \($0 + 1)")
    }
  }

  private static func second(_ folder: ClipFolder, _ info: Value, _ cameras: [String]) throws -> [Episode] {
    let size = max(1, info["chunks_size"]?.integer ?? 1000)
    let data = info["data_path"]?.string ?? "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
    let video =
      info["video_path"]?.string ?? "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
    return try lines(folder, "meta/episodes.jsonl").map { line in
      guard let index = line["episode_index"]?.integer, let length = line["length"]?.integer, index >= 0,
        (1...mostFrames).contains(length)
      else {
        throw folder.problem(
          "meta/episodes.jsonl lists an episode without an index or with no length that could be",
          fix: "copy the dataset again")
      }
      var episode = Episode(index: index, length: length)
      episode.task = line["tasks"]?.array?.first?.string
      var values = ["episode_chunk": "\(index / size)", "episode_index": "\(index)"]
      episode.table = try folder.named(filled(data, values), in: folder.at("meta/info.json"))
      for camera in cameras {
        values["video_key"] = camera
        episode.films[camera] = (try folder.named(filled(video, values), in: folder.at("meta/info.json")), 0)
      }
      return episode
    }
  }

  private static func third(_ folder: ClipFolder, _ info: Value, _ cameras: [String]) throws -> [Episode] {
    let data = info["data_path"]?.string ?? "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
    let video = info["video_path"]?.string ?? "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
    let place = folder.at("meta/info.json"), fps = info["fps"]?.double ?? 0
    var out: [Episode] = []
    for name in folder.files where name.hasPrefix("meta/episodes/") && name.hasSuffix(".parquet") {
      let table = try ParquetFile(folder.at(name))
      let index = try table.integers("episode_index"), length = try table.integers("length")
      let chunk = try table.integers("data/chunk_index"), file = try table.integers("data/file_index")
      let tasks = table.has("tasks") ? try table.texts("tasks") : []
      var films: [String: (chunk: [Int], file: [Int], from: [Double?])] = [:]
      for camera in cameras {
        films[camera] = (
          try table.integers("videos/\(camera)/chunk_index"), try table.integers("videos/\(camera)/file_index"),
          try table.numbers("videos/\(camera)/from_timestamp")
        )
      }
      for row in index.indices {
        guard row < length.count, row < chunk.count, row < file.count, (1...mostFrames).contains(length[row]),
          index[row] >= 0
        else { throw Problem("the table of episodes is damaged", at: folder.at(name), fix: "copy the dataset again") }
        var episode = Episode(index: index[row], length: length[row])
        episode.task = row < tasks.count ? tasks[row].first : nil
        episode.table = try folder.named(
          filled(data, ["chunk_index": "\(chunk[row])", "file_index": "\(file[row])"]), in: place)
        for (camera, film) in films {
          guard row < film.chunk.count, row < film.file.count, row < film.from.count, let time = film.from[row],
            (0...1e9).contains(time)
          else { continue }
          let name = try filled(
            video, ["video_key": camera, "chunk_index": "\(film.chunk[row])", "file_index": "\(film.file[row])"])
          // Times are sums of floats: the frame is the nearest.
          episode.films[camera] = (try folder.named(name, in: place), Int((time * fps).rounded()))
        }
        out.append(episode)
      }
    }
    return out.sorted { $0.index < $1.index }
  }

  /// Actions out of the tables, the one used last kept.
  private final class ActionTables: Sendable {
    private struct Kept { var file = "", episodes: [Int] = [], values: [Double] = [], counts: [Int] = [] }
    private let folder: ClipFolder
    private let last = Mutex(Kept())

    init(_ folder: ClipFolder) { self.folder = folder }

    func actions(_ episode: Episode, width: Int) throws -> [Double] {
      try last.withLock { kept in
        if kept.file != episode.table {
          let table = try ParquetFile(folder.at(episode.table))
          let (values, counts) = try table.lists("action")
          kept = Kept(
            file: episode.table, episodes: try table.integers("episode_index"), values: values, counts: counts)
        }
        let place = folder.at(episode.table)
        guard kept.episodes.count == kept.counts.count, kept.counts.allSatisfy({ $0 == width }) else {
          throw Problem("its actions are not \(width) numbers a row", at: place, fix: "copy the dataset again")
        }
        let rows = kept.episodes.indices.filter { kept.episodes[$0] == episode.index }
        guard rows.count == episode.length else {
          throw Problem(
            "episode \(episode.index) has \(episode.length) frames and \(Text.counted(rows.count, "action")), which fit no alignment",
            at: place, fix: "copy the dataset again")
        }
        return rows.flatMap { kept.values[$0 * width..<($0 + 1) * width] }
      }
    }
  }

  /// Films that episodes share.
  private final class Reels {
    private let folder: ClipFolder
    private var known: [String: FilmReel] = [:]

    init(_ folder: ClipFolder) { self.folder = folder }

    func reel(_ name: String) throws -> FilmReel {
      if let reel = known[name] { return reel }
      guard folder.has(name) else {
        throw folder.problem("the film '\(name)' is missing", fix: "copy the dataset again, with its videos")
      }
      let reel = try FilmReel(folder.at(name))
      known[name] = reel
      return reel
    }
  }
}
