import Files
import Foundation
import Frames
import Sandbox

/// Pictures with numbers for names, a folder a clip.
enum ImageFolders: FolderLayout {
  static let keys = ["fps"]

  private static let endings = [".jpg", ".jpeg", ".png"]

  static func pictures(_ folder: ClipFolder) -> [String] {
    folder.files.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
  }

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let pictures = pictures(folder)
    guard !pictures.isEmpty else { return nil }
    let clips = Dictionary(grouping: pictures) { ($0 as NSString).deletingLastPathComponent }
    let rate = folder.answers.fps.flatMap { FrameRate(parsing: $0) }
    var table = ClipTable(layout: "image-folders")
    for name in clips.keys.sorted(by: NumericOrder.isBefore) {
      let id = name.isEmpty ? (folder.path as NSString).lastPathComponent : name
      let files = (clips[name] ?? []).sorted(by: NumericOrder.isBefore)
      let numbers = files.map { file in
        Int(
          ClipFolder.stem((file as NSString).lastPathComponent).reversed().prefix { $0.isASCII && $0.isNumber }
            .reversed().map(String.init).joined())
      }
      for (i, pair) in zip(numbers, numbers.dropFirst()).enumerated() {
        guard let a = pair.0, let b = pair.1 else { continue }
        guard a < Int.max, b == a + 1 else {
          throw folder.problem(
            "clip '\(id)': the numbers of frames go from \(a) to \(b) ('\(files[i])', '\(files[i + 1])')",
            expected: "numbers without a gap",
            fix: "put the missing frames there, or split the clip")
        }
      }
      table.clips.append(
        FoundClip(id, fps: rate, try FilePictures(files.map(folder.at))))
    }
    table.notes = ["image-folders, a folder a clip, \(Demos.words(rate, "--read")); there are no actions"]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}
