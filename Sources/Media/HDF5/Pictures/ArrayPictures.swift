import Files
import Foundation
import Frames

/// Frames that lie as an array of numbers, its axes in any order.
struct ArrayPictures: ClipPictures {
  let frames: Int, height: Int, width: Int
  private let array: StoredArray
  /// A letter of NTHWC for each axis.
  private let axes: [Character]
  /// Of the clip: its row of N, and where its frames begin along T.
  private let clip: Int, start: Int
  private let pixel: PixelFormat
  private let channels: Int
  private let isSwapped: Bool
  private let flip: Reading.Flip
  private let place: String

  /// - Parameters:
  ///   - axes: of the array, in its order. - clip: the row of N. - range: frames of T; nil for all.
  init(
    _ array: StoredArray, axes: String, clip: Int = 0, range: Range<Int>? = nil, _ pixel: PixelFormat,
    isSwapped: Bool = false, flip: Reading.Flip = .none, place: String
  ) throws {
    let letters = Array(axes)
    func size(_ axis: Character) -> Int? { letters.firstIndex(of: axis).map { array.shape[$0] } }
    let frames = size("T") ?? 1, range = range ?? 0..<frames
    guard letters.count == array.shape.count, let height = size("H"), let width = size("W"),
      (1...16384).contains(height), (1...16384).contains(width), [1, 3, 4].contains(size("C") ?? 1),
      range.lowerBound >= 0, range.upperBound <= frames, clip >= 0, clip < size("N") ?? 1
    else {
      throw Problem(
        "'\(array.name)' has the shape \(array.shape), which is not \(axes)", at: array.file.path,
        expected: "sides from 1 to 16384, and 1, 3 or 4 channels", fix: "name its axes: --read axes=NTHWC")
    }
    (self.array, self.axes, self.clip, start) = (array, letters, clip, range.lowerBound)
    (self.frames, self.height, self.width, channels) = (range.count, height, width, size("C") ?? 1)
    (self.pixel, self.isSwapped, self.flip, self.place) = (pixel, isSwapped, flip, place)
  }

  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws {
    guard !range.isEmpty else { return }
    var box = Box(start: axes.map { _ in 0 }, size: array.shape)
    for (i, axis) in axes.enumerated() {
      if axis == "N" { (box.start[i], box.size[i]) = (clip, 1) }
      if axis == "T" { (box.start[i], box.size[i]) = (start + range.lowerBound, range.count) }
    }
    let isPlain = pixel == .bytes && channels == 3 && !isSwapped && flip == .none,
      isInOrder = axes.filter { $0 != "N" } == Array("THWC")
    if isPlain, isInOrder { return try array.read(box, into: out) }
    let bytes = try array.read(box), strides = Box.strides(box.size)
    func stride(_ axis: Character) -> Int { axes.firstIndex(of: axis).map { strides[$0] } ?? 0 }
    let (st, sh, sw) = (stride("T"), stride("H"), stride("W")), sc = channels == 1 ? 0 : stride("C")
    let top = flip == .none ? 0 : height - 1, down = flip == .none ? 1 : -1
    let left = flip == .rowsAndColumns ? width - 1 : 0, across = flip == .rowsAndColumns ? -1 : 1
    let red = isSwapped ? 2 * sc : 0, green = sc, blue = isSwapped ? 0 : 2 * sc
    try bytes.withUnsafeBytes { raw in
      var to = 0
      for t in 0..<range.count {
        for y in 0..<height {
          let row = t * st + (top + down * y) * sh
          if pixel == .bytes {
            var from = row + left * sw
            for _ in 0..<width {
              out[to] = raw[from + red]
              out[to + 1] = raw[from + green]
              out[to + 2] = raw[from + blue]
              from += across * sw
              to += 3
            }
            continue
          }
          for x in 0..<width {
            let from = row + (left + across * x) * sw
            guard let r = pixel.byte(raw, from + red), let g = pixel.byte(raw, from + green),
              let b = pixel.byte(raw, from + blue)
            else {
              let bad = [red, green, blue].first { pixel.byte(raw, from + $0) == nil } ?? red
              throw unfit(pixel.number(raw, from + bad), frame: range.lowerBound + t)
            }
            out[to] = r
            out[to + 1] = g
            out[to + 2] = b
            to += 3
          }
        }
      }
    }
  }

  private func unfit(_ value: Double, frame: Int) -> Problem {
    value.isFinite
      ? Problem(
        "a pixel of frame \(frame) is \(value), outside of the range \(pixel.span)", at: place,
        fix: "say which numbers are black and white: --read range=0..1, -1..1, '8 bits' or '16 bits'")
      : Problem(
        "a pixel of frame \(frame) is \(value), no number", at: place,
        fix: "write the frames again, or leave the clip out")
  }
}
