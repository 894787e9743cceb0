import Files
import Foundation
import Frames
import Sandbox

/// Pictures with numbers for names, a folder a clip.
enum ImageFolders: FolderLayout {
  private static let endings = [".jpg", ".jpeg", ".png"]

  static func read(_ folder: ClipFolder) throws -> ClipTable? {
    let pictures = folder.files.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
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
        guard b == a + 1 else {
          throw folder.problem(
            "clip '\(id)': the numbers of frames go from \(a) to \(b) ('\(files[i])', '\(files[i + 1])')",
            expected: "numbers without a gap",
            fix: "put the missing frames there, or split the clip")
        }
      }
      table.clips.append(
        FoundClip(id, fps: rate, try FilePictures(files.map(folder.at), place: "\(folder.path), clip '\(id)'")))
    }
    table.notes = ["image-folders, a folder a clip, \(Demos.words(rate, "--read")); there are no actions"]
    if rate == nil { table.questions.append("fps") }
    return table
  }
}

/// Frames that are a picture file each.
struct FilePictures: ClipPictures {
  let height: Int, width: Int
  private let files: [String]
  private let place: String
  var frames: Int { files.count }
  private static let mostBytes = 256 << 20

  init(_ files: [String], place: String) throws {
    (self.files, self.place) = (files, place)
    (height, width, _) = try Self.picture(files[0], place)
  }

  private static func picture(_ path: String, _ place: String) throws -> (height: Int, width: Int, pixels: [UInt8]) {
    let file = try OpenedFile(path)
    guard file.count > 0, file.count <= mostBytes else {
      throw Problem("it is \(file.count == 0 ? "empty" : "larger than any picture")", at: path, fix: "write it again")
    }
    return try FilmPictures.picture(file.bytes(0..<file.count), path)
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3
    for (i, number) in range.enumerated() {
      let picture = try Self.picture(files[number], place)
      guard (picture.height, picture.width) == (height, width) else {
        throw Problem(
          "frame \(number) is \(picture.width)x\(picture.height), the first one \(width)x\(height)", at: place,
          expected: "frames of one size", fix: "write the clip with frames of one size, or leave it out")
      }
      picture.pixels.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(rebasing: out[i * row..<(i + 1) * row]).copyMemory(from: $0)
      }
    }
  }
}
