import Files

extension LayoutFile {
  /// The actions of a clip that lie in rows `rows` of columns, joined side by side.
  /// - Parameters:
  ///   - frames: of the clip; rows that fit no alignment are refused.
  ///   - rows: nil for all there are.
  func actions(
    _ nodes: [StoredNode], frames: Int, rows: Range<Int>? = nil, _ alignment: ActionAlignment, clip: String,
    names: [String]? = nil
  ) throws -> StoredActions {
    var columns: [(StoredNode, StoredColumn)] = [], width = 0
    var count: Int?
    for node in nodes {
      let column = try column(node)
      guard column.kind == .floats || column.kind == .integers, (1...2).contains(column.shape.count),
        column.shape.dropFirst().allSatisfy({ (1...65_536).contains($0) })
      else {
        throw problem(
          "'\(node.path)' holds \(column.typeWords) of the shape \(column.shape), no actions",
          expected: "numbers, a row a frame",
          fix: "name the actions: --read actions=PATH")
      }
      try node.file.backed(node.path, column)
      let own = rows?.count ?? column.shape[0]
      guard rows.map({ $0.upperBound <= column.shape[0] }) ?? true, own == count ?? own else {
        throw problem(
          "clip '\(clip)': '\(node.path)' has \(column.shape[0]) rows, others have \(count ?? rows?.upperBound ?? 0)",
          expected: "a row a frame", fix: "write the actions again, a row a frame")
      }
      count = own
      columns.append((node, column))
      width += column.shape.count > 1 ? column.shape[1] : 1
    }
    let total = count ?? 0, joined = columns
    return StoredActions(
      shape: columns.count == 1 && columns[0].1.shape.count == 1 ? [total] : [total, width],
      alignment: try fitting(alignment, frames: frames, actions: total, clip: clip), names: names
    ) {
      let parts = try joined.map { try Self.doubles($0, $1, rows ?? 0..<total) }
      guard parts.count > 1 else { return parts.first ?? [] }
      let widths = joined.map { $1.shape.count > 1 ? $1.shape[1] : 1 }
      return (0..<total).flatMap { row in
        parts.indices.flatMap { Array(parts[$0][row * widths[$0]..<(row + 1) * widths[$0]]) }
      }
    }
  }

  /// - Throws: `Problem` when so many actions fit no reading of so many frames.
  func fitting(_ alignment: ActionAlignment, frames: Int, actions: Int, clip: String) throws -> ActionAlignment {
    if actions == frames, alignment != .beforeOneMore { return alignment }
    if actions == frames - 1, alignment != .after { return .beforeOneMore }
    throw Problem(
      "clip '\(clip)' has \(Text.counted(frames, "frame")) and \(Text.counted(actions, "action")), which fit no alignment",
      at: path, expected: "as many actions as frames, or one fewer",
      fix: "write them a row a frame, or name others: --read actions=PATH")
  }
}
