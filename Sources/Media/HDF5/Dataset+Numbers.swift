import Files
import Frames

/// Columns of numbers beside the frames: state, actions, and vectors of captions. What is read again is held against what it
/// was.
extension Dataset {
  /// A clip's state, `[T][S]` in the order of `stateColumns`; empty when there is none. - Parameter frames: nil: all.
  public func state(_ clip: Int, _ frames: Range<Int>? = nil) throws -> [[Float]] {
    try floats("state", stateColumns.count, clip, frames)
  }

  /// A clip's actions, `[T][A]` in the order of `actionColumns`, each in the row of the frame it follows; empty when
  /// there are none. In files of other programs a row may hold NaN: no action.
  /// - Parameter frames: nil: all.
  public func actions(_ clip: Int, _ frames: Range<Int>? = nil) throws -> [[Float]] {
    guard let found else { return try floats("action", actionColumns.count, clip, frames) }
    let record = try record(clip)
    guard !actionColumns.isEmpty else { return [] }
    return try placed(record) {
      let none = [Float](repeating: .nan, count: actionColumns.count)
      let rows =
        try found.clips[clip].actions?.beforeRows(frames: record.frames)
        ?? [[Float]](repeating: none, count: record.frames)
      try hold("action", record.start, rows.flatMap { $0 }, count: record.frames)
      return frames.map { Array(rows[$0]) } ?? rows
    }
  }

  /// Holds a column's rows against what they were.
  private func hold(_ name: String, _ first: Int, _ values: [Float], count: Int) throws {
    guard let tags = columnTags[name], !values.isEmpty else { return }
    let found = values.withUnsafeBytes { TagKey.own.tags($0, row: $0.count / count) }
    guard tags.firstChange(first, found) == nil else {
      throw Problem(
        "'\(name)' is not what it was: the file was changed while it was being read", at: path,
        fix: "restore the file from its source, and keep other programs from writing it")
    }
  }

  /// The stored embedding of a clip's caption, `tokens · width` values; nil when the file has none.
  public func textEmbedding(_ clip: Int) throws -> (tokens: Int, width: Int, values: [Float])? {
    _ = try record(clip)
    guard let embedding else { return nil }
    let values = try finite(
      "text_embedding", clip, rows: clip, count: 1, inner: [embedding.tokens, embedding.width])
    return (embedding.tokens, embedding.width, values)
  }

  /// Columns of numbers looked through: what is not finite would only be met when a model has learnt from it.
  /// - Parameter most: bytes looked at, all columns together; what is beyond is met at its first read.
  /// - Returns: a sentence a column that has some, with the first clip it is in.
  public func numbersNotFinite(most: Int = 1 << 30) -> [String] {
    var left = most
    let columns: [(String, Int, (Int) throws -> Void)] = [
      ("text_embedding", embedding.map { $0.tokens * $0.width } ?? 0, { _ = try self.textEmbedding($0) }),
      ("state", stateColumns.count, { _ = try self.state($0) }),
      ("action", actionColumns.count, { _ = try self.actions($0) }),
    ]
    return columns.compactMap { name, width, read in
      guard width > 0 else { return nil }
      for clip in clips.indices {
        left -= 4 * width * (name == "text_embedding" ? 1 : clips[clip].frames)
        guard left >= 0 else { return nil }
        do { try read(clip) } catch { return (error as? Problem)?.what ?? "\(error)" }
      }
      return nil
    }
  }

  private func floats(_ name: String, _ count: Int, _ clip: Int, _ frames: Range<Int>?) throws -> [[Float]] {
    let record = try record(clip), frames = frames ?? 0..<record.frames
    guard count > 0 else { return [] }
    let values = try finite(
      name, clip, rows: record.start + frames.lowerBound, count: frames.count, inner: [count])
    return (0..<frames.count).map { Array(values[$0 * count..<($0 + 1) * count]) }
  }

  /// Rows of a column of floats, the same as ever and all of them numbers.
  private func finite(
    _ name: String, _ clip: Int, rows first: Int, count: Int, inner: [Int]
  ) throws -> [Float] {
    let record = clips[clip]
    return try placed(record) {
      guard case .native(let file, _) = storage else { return [] }
      let values = try file.floats(name, rows: first, count: count, inner: inner)
      try hold(name, first, values, count: count)
      if mayLackActions, name == "action" { return values.map { $0.isNaN ? .nan : $0 } }
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { return values }
      let width = inner.reduce(1, *)
      throw Problem(
        "\(name) of clip '\(record.id)' is not finite (\(values[bad]) at "
          + (count > 1 ? "frame \(bad / width), " : "") + "number \(bad % width))", at: path,
        expected: "numbers", fix: "compute it again, or leave the clip out")
    }
  }
}
