import Files
import Frames

/// When an action of a row happens, beside the frame of the same row.
package enum ActionAlignment: String, Sendable {
  /// Frame t, then action t, which leads to frame t+1.
  case before = "frame t, then action t"
  /// Action t, which leads to frame t.
  case after = "action t, then frame t"
  /// As `before`, and the last frame has no action.
  case beforeOneMore = "frame t, then action t; one frame more"
}

/// A clip's actions as they are stored.
package struct StoredActions: Sendable {
  /// `[T]` or `[T, A]`.
  package let shape: [Int]
  package let alignment: ActionAlignment
  /// What the numbers are, where that is known.
  package let names: [String]?
  /// All of them, row by row; not a number where none is given.
  package let values: @Sendable () throws -> [Double]

  /// Numbers a row.
  package var width: Int { shape.dropFirst().reduce(1, *) }

  /// A row for each of `frames` frames, each action in the row of the frame it follows; rows without one hold NaN.
  package func beforeRows(frames: Int) throws -> [[Float]] {
    let all = try values(), width = width, rows = shape[0]
    return (0..<frames).map { frame in
      let row = alignment == .after ? frame + 1 : frame
      guard row < rows else { return [Float](repeating: .nan, count: width) }
      return all[row * width..<(row + 1) * width].map { $0.isNaN ? .nan : Float($0) }
    }
  }
}

/// The frames of one clip, wherever they lie. Safe to use from many threads.
package protocol ClipPictures: Sendable {
  var frames: Int { get }
  var height: Int { get }
  var width: Int { get }
  /// Frames as they are meant to be seen: upright, RGB. - Parameter out: `range.count · height · width · 3` bytes.
  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws
}

/// One clip of one camera, as a layout finds it.
package struct FoundClip: Sendable {
  package var id: String
  package var camera: String?
  package var fps: FrameRate?
  package var split: Split?
  package var caption: String?
  package var pictures: any ClipPictures
  package var actions: StoredActions?
  /// What else the file says of it: "success", how it "ends".
  package var facts: [String: Value] = [:]

  package init(
    _ id: String, camera: String? = nil, fps: FrameRate? = nil, split: Split? = nil, caption: String? = nil,
    _ pictures: any ClipPictures, actions: StoredActions? = nil
  ) {
    (self.id, self.camera, self.fps, self.split) = (id, camera, fps, split)
    (self.caption, self.pictures, self.actions) = (caption, pictures, actions)
  }
}

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
        throw Problem("the clip id '\(id)' stands twice", at: path, fix: "choose one camera: --read camera=NAME")
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
