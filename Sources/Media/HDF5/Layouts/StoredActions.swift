import Files

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
