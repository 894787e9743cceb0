import Files

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
