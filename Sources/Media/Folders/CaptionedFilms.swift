import Files
import Foundation
import Frames

/// Films with texts beside them, in the ways trainers of video models expect them: a list of paths and captions in JSON,
/// JSON lines or CSV, two lists of lines, or a text beside each film.
enum CaptionedFilms: FolderLayout {
  static let keys = ["fps"]

  private static let endings = [".mp4", ".mov", ".mkv", ".webm", ".avi"]

  struct Entry { var film: String, captions: [String], actions: String? }

  static func films(_ folder: ClipFolder) -> [String] {
    folder.files.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
  }

  /// Whether a list or a text tells of films: without one they are footage, to be imported.
  static func hasTexts(_ folder: ClipFolder) -> Bool {
    let films = films(folder), isListed = ["videos2caption.json", "metadata.json", "metadata.jsonl", "metadata.csv"]
    guard !films.isEmpty else { return false }
    return isListed.contains(where: folder.has)
      || folder.has("videos.txt") && (folder.has("prompt.txt") || folder.has("prompts.txt"))
      || films.contains { name in [".txt", ".actions.npy"].contains { folder.has(ClipFolder.stem(name) + $0) } }
  }

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let films = films(folder)
    guard !films.isEmpty else { return nil }
    let (way, entries) = try entries(folder, films)
    let said = folder.answers.fps.flatMap { FrameRate(parsing: $0) }
    var table = ClipTable(layout: "captioned-films")
    var many = 0
    for entry in entries {
      guard folder.has(entry.film) else {
        throw folder.problem("'\(entry.film)' is listed and not there", fix: "put it there, or take it from the list")
      }
      let id = ClipFolder.stem(entry.film), reel = try FilmReel(folder.at(entry.film))
      guard let count = reel.frames, count > 0 else {
        throw folder.problem(
          "'\(entry.film)' does not say how many frames it has", fix: "import it: orrery dataset import")
      }
      let pictures = try ReelPictures(reel, from: 0, frames: count, place: folder.at(entry.film))
      let actions = try entry.actions.map { name in
        try NPY(OpenedFile(folder.at(name)).bytes(0..<OpenedFile(folder.at(name)).count), at: folder.at(name)).actions(
          frames: count, clip: id, at: folder.at(name))
      }
      if entry.captions.count > 1 { many += 1 }
      table.clips.append(
        FoundClip(id, fps: said ?? reel.fps, caption: entry.captions.first, pictures, actions: actions))
    }
    let none = entries.count { $0.captions.isEmpty }
    table.notes = [
      "captioned-films, \(way), \(Demos.words(table.clips.first?.fps, said == nil ? "the films" : "--read"))"
    ]
    if none > 0 { table.notes.append("without a caption: \(Text.counted(none, "film"))") }
    if many > 0 {
      table.notes.append("with several captions, of which the first is taken: \(Text.counted(many, "film"))")
    }
    let unlisted = films.count - Set(entries.map(\.film)).count
    if unlisted > 0 { table.notes.append("not listed, and left out: \(Text.counted(unlisted, "film"))") }
    return table
  }

  private static func entries(_ folder: ClipFolder, _ films: [String]) throws -> (String, [Entry]) {
    func text(_ name: String) throws -> String { try Disk.readText(folder.at(name), largest: 1 << 30) }
    /// A path as a list names it: from the folder, or from a folder of films in it.
    func film(_ name: String, _ list: String) throws -> String {
      let inner = try folder.named(name, in: folder.at(list))
      return folder.has(inner) ? inner : films.first { $0.hasSuffix("/" + inner) } ?? inner
    }
    func listed(_ rows: [Value], _ list: String, film keys: [String], caption: [String]) throws -> [Entry] {
      try rows.enumerated().map { i, row in
        guard let path = keys.lazy.compactMap({ row[$0]?.string }).first else {
          throw Problem(
            "entry \(i) names no film", at: folder.at(list), expected: keys.joined(separator: " or "), fix: "add it")
        }
        let said = caption.lazy.compactMap { row[$0] }.first
        let action = try row["action_path"]?.string.map { try folder.named($0, in: folder.at(list)) }
        return Entry(
          film: try film(path, list), captions: said?.array?.compactMap(\.string) ?? said?.string.map { [$0] } ?? [],
          actions: action)
      }
    }
    if folder.has("videos2caption.json") {
      let value = try JSON.parse(text("videos2caption.json"), at: folder.at("videos2caption.json"))
      return (
        "videos2caption.json",
        try listed(value.array ?? [], "videos2caption.json", film: ["path"], caption: ["cap", "caption"])
      )
    }
    let keys = ["video", "file_name", "path", "file"], captions = ["prompt", "caption", "text", "cap"]
    if folder.has("metadata.json") {
      let value = try JSON.parse(text("metadata.json"), at: folder.at("metadata.json"))
      return ("metadata.json", try listed(value.array ?? [], "metadata.json", film: keys, caption: captions))
    }
    if folder.has("metadata.jsonl") {
      let rows = try text("metadata.jsonl").split(whereSeparator: \.isNewline).map {
        try JSON.parse(String($0), at: folder.at("metadata.jsonl"))
      }
      return ("metadata.jsonl", try listed(rows, "metadata.jsonl", film: keys, caption: captions))
    }
    if folder.has("metadata.csv") {
      let lines = try CSV.records(text("metadata.csv"), at: folder.at("metadata.csv")).map(\.fields)
      let head = lines.first ?? []
      let rows = lines.dropFirst().map { row in
        Value.object(zip(head, row).map { .init($0, .string($1)) })
      }
      return ("metadata.csv", try listed(rows, "metadata.csv", film: keys, caption: captions))
    }
    if folder.has("videos.txt"), let prompts = ["prompt.txt", "prompts.txt"].first(where: folder.has) {
      let names = try text("videos.txt").split(whereSeparator: \.isNewline).map(String.init)
      let texts = try text(prompts).split(whereSeparator: \.isNewline).map(String.init)
      guard names.count == texts.count else {
        throw folder.problem(
          "videos.txt has \(names.count) lines, \(prompts) \(texts.count)", fix: "write a line a film in both")
      }
      return (
        "videos.txt and \(prompts)",
        try zip(names, texts).map { Entry(film: try film($0, "videos.txt"), captions: [$1], actions: nil) }
      )
    }
    return (
      "a text beside each film",
      try films.map { name in
        let beside = ClipFolder.stem(name) + ".txt"
        let lines = folder.has(beside) ? try text(beside).split(whereSeparator: \.isNewline).map(String.init) : []
        let actions = ClipFolder.stem(name) + ".actions.npy"
        return Entry(film: name, captions: lines.filter { !$0.isEmpty }, actions: folder.has(actions) ? actions : nil)
      }
    )
  }
}
