import Files

/// Frames that are a picture file each.
struct FilePictures: ClipPictures {
  let height: Int, width: Int
  private let files: [String]
  var frames: Int { files.count }
  private static let mostBytes = 256 << 20

  init(_ files: [String]) throws {
    self.files = files
    (height, width, _) = try FilmPictures.picture(Self.bytes(files[0]), files[0])
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    let file = try OpenedFile(path)
    guard file.count > 0, file.count <= mostBytes else {
      throw Problem("it is \(file.count == 0 ? "empty" : "larger than any picture")", at: path, fix: "write it again")
    }
    return try file.bytes(0..<file.count)
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3
    for (i, number) in range.enumerated() {
      try FilmPictures.read(
        Self.bytes(files[number]), number, height: height, width: width, files[number],
        into: UnsafeMutableRawBufferPointer(rebasing: out[i * row..<(i + 1) * row]))
    }
  }
}
