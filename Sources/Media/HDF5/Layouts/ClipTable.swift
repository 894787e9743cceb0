import Files
import Frames

/// What a layout finds in a file or folder.
package struct ClipTable: Sendable {
  /// The layout's name.
  package var layout: String
  package var clips: [FoundClip] = []
  /// What a person should know: how it is read, what was counted, shifted or left out.
  package var notes: [String] = []
  /// What the file does not say and a person should, once: words of `--read`.
  package var questions: [String] = []
}

extension ClipTable {
  /// The table of a dataset: names are made unique by the camera where there are several.
  func records(at path: String) throws -> [ClipRecord] {
    let isPlain = Set(clips.map(\.camera)).count < 2
    var start = 0, names: Set<String> = []
    return try clips.map { clip in
      let id = isPlain ? clip.id : clip.camera.map { "\(clip.id)/\($0)" } ?? clip.id
      guard names.insert(id).inserted else {
        throw Problem(
          "the clip id '\(id)' stands twice", at: path,
          fix: isPlain ? "give the clips names of their own" : "choose one camera: --read camera=NAME")
      }
      defer { start += clip.pictures.frames }
      return ClipRecord(
        id: id, start: start, frames: clip.pictures.frames, split: clip.split ?? .train, framesSHA256: "",
        caption: clip.caption.flatMap { $0.isEmpty ? nil : $0 })
    }
  }

  /// Names of the numbers of an action: known, or numbered; none where no clip has actions.
  func actionNames(at path: String) throws -> [String] {
    let some = clips.compactMap(\.actions)
    guard let first = some.first else { return [] }
    if let other = some.first(where: { $0.width != first.width }) {
      throw Problem(
        "its clips have actions of \(first.width) and of \(other.width) numbers", at: path,
        expected: "one action space",
        fix: "name actions that all have: --read actions=PATH")
    }
    return first.names ?? (0..<first.width).map { "action\($0)" }
  }
}
