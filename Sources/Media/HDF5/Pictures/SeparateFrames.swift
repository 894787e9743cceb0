import Files

/// Frames that are a dataset each, `[H, W, 3]`.
struct SeparateFrames: ClipPictures {
  let frames: Int, height: Int, width: Int
  private let arrays: [StoredArray]
  private let isSwapped: Bool

  init(_ file: LayoutFile, _ nodes: [StoredNode], isSwapped: Bool, clip: String) throws {
    arrays = try nodes.map(file.array)
    self.isSwapped = isSwapped
    guard let first = arrays.first, first.shape.count == 3, first.shape[2] == 3,
      first.shape.allSatisfy({ (1...16384).contains($0) })
    else {
      throw file.problem("the frames of clip '\(clip)' are no pictures", expected: "[height, width, 3] bytes each")
    }
    (frames, height, width) = (arrays.count, first.shape[0], first.shape[1])
    for (i, array) in arrays.enumerated() {
      let column = array.column
      guard column.kind == .integers, column.elementBytes == 1, column.isUnsigned else {
        throw file.problem("frame \(i) holds \(column.typeWords)", expected: "unsigned bytes")
      }
      guard array.shape == first.shape else {
        throw file.problem(
          "frame \(i) is \(array.shape), the first one \(first.shape)", expected: "frames of one size",
          fix: "write the clip with frames of one size, or leave it out")
      }
    }
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    let row = height * width * 3
    for (i, frame) in range.enumerated() {
      try arrays[frame].read(
        Box(start: [0, 0, 0], size: arrays[frame].shape),
        into: UnsafeMutableRawBufferPointer(rebasing: out[i * row..<(i + 1) * row]))
    }
    guard isSwapped else { return }
    for at in stride(from: 0, to: out.count, by: 3) { (out[at], out[at + 2]) = (out[at + 2], out[at]) }
  }
}
