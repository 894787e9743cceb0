import Files
import Frames

/// Frames by what their dataset is.
extension LayoutFile {
  /// What a dataset could hold, told by its type and shape.
  enum PictureKind: Equatable { case array, rows, none }

  /// Whether it could be frames of a clip, `[T, H, W, C]` or `[T, C, H, W]` of bytes, or rows of encoded pictures.
  func kind(_ node: StoredNode) throws -> PictureKind {
    let column = try column(node), shape = column.shape
    if column.kind == .lists, column.isBytes, shape.count == 1 { return .rows }
    if column.kind == .text, !column.isVariable, shape.count == 1, column.elementBytes > 64 {
      return try isEncoded(node) ? .rows : .none
    }
    guard column.kind == .integers, column.elementBytes == 1, column.isUnsigned else { return .none }
    if shape.count == 2, shape[0] > 0, shape[1] > 64 { return try isEncoded(node) ? .rows : .none }
    guard shape.count == 4, shape[0] > 0 else { return .none }
    return [3, 4].contains(shape[3]) || [3, 4].contains(shape[1]) || shape[3] == 1 || shape[1] == 1 ? .array : .none
  }

  /// Whether the first row begins as a picture or film does.
  private func isEncoded(_ node: StoredNode) throws -> Bool {
    let rows = try EncodedRows(self, node)
    guard rows.count > 0, let first = try rows.bytes(0..<1).first else { return false }
    return EncodedKind(first) != nil
  }

  /// Bytes of frames as an array: axes by where its channels stand, unless they are said.
  func frames(
    _ node: StoredNode, axes: String? = nil, range: Range<Int>? = nil, isSwapped: Bool? = nil,
    flip: Reading.Flip = .none,
    clip: String
  ) throws -> ArrayPictures {
    let array = try array(node), shape = array.shape
    guard let pixel = try pixelFormat(array.column, node, sample: nil) else {
      throw problem("'\(node.path)' holds \(array.column.typeWords), no pictures", expected: "numbers")
    }
    let said = answers.axes.flatMap { $0.count == shape.count ? $0 : nil }
    let order = try said ?? axes ?? self.axes(node, shape)
    return try ArrayPictures(
      array, axes: order, range: range, pixel, isSwapped: answers.channels.map { $0 == .bgr } ?? isSwapped ?? false,
      flip: answers.flip ?? flip, place: "\(path), clip '\(clip)'")
  }

  private func axes(_ node: StoredNode, _ shape: [Int]) throws -> String {
    guard shape.count == 4 else {
      guard shape.count == 3 else {
        throw problem(
          "'\(node.path)' has the shape \(shape)", expected: "frames, [T, H, W, C]",
          fix: "name its axes: --read axes=THWC")
      }
      return "THW"
    }
    let isLast = [1, 3, 4].contains(shape[3]), isFirst = [1, 3, 4].contains(shape[1])
    guard isLast != isFirst else {
      throw problem(
        "'\(node.path)' has the shape \(shape), whose axes can be read in \(isLast ? "two ways" : "no way")",
        fix: "name its axes: --read axes=THWC or axes=TCHW")
    }
    return isLast ? "THWC" : "TCHW"
  }

  /// How numbers stand for bytes. - Parameter sample: numbers of it, which tell the range of floats and of 16 bits.
  /// - Returns: nil for what is no number.
  func pixelFormat(_ column: StoredColumn, _ node: StoredNode, sample: (() throws -> [Double])?) throws -> PixelFormat?
  {
    let kind: PixelFormat.Kind
    switch (column.kind, column.elementBytes) {
    case (.integers, 1) where column.isUnsigned: return .bytes
    case (.integers, 2) where column.isUnsigned: kind = .u16
    case (.floats, 2): kind = .half
    case (.floats, 4): kind = .single
    case (.floats, 8): kind = .double
    default: return nil
    }
    if let said = answers.range { return PixelFormat(kind: kind, isBigEndian: column.isBigEndian, said) }
    guard let sample else {
      throw problem(
        "'\(node.path)' holds \(column.typeWords), and nothing says which numbers are black and white",
        fix: "say it: --read range=0..1, -1..1, '8 bits' or '16 bits'")
    }
    let values = try sample()
    if let bad = values.first(where: { !$0.isFinite }) {
      throw problem(
        "a pixel of '\(node.path)' is \(bad), no number", fix: "write the frames again, or leave the clip out")
    }
    let least = values.min() ?? 0, most = values.max() ?? 0
    let spans: [Reading.Span] =
      kind == .u16
      ? (most > 255 ? [.sixteen] : [.eight, .sixteen])
      : least < 0
        ? (least >= -1.001 && most <= 1.001 ? [.signed] : [])
        : most <= 1.001
          ? (most > 0 ? [.unit] : [.unit, .signed, .eight])
          : most <= 255.5 ? [.eight] : most <= 65535.5 ? [.sixteen] : []
    guard spans.count == 1 else {
      throw problem(
        "the numbers of '\(node.path)' lie from \(least) to \(most), which fits "
          + (spans.isEmpty ? "no range" : "more than one: " + spans.map(\.rawValue).joined(separator: ", ")),
        expected: "0..1, -1..1, 8 bits or 16 bits",
        fix: "say which numbers are black and white: --read range=0..1, -1..1, '8 bits' or '16 bits'")
    }
    return PixelFormat(kind: kind, isBigEndian: column.isBigEndian, spans[0])
  }
}
