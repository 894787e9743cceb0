import Files
import Frames
import Synchronization

extension Dataset {
  /// What a model could be given of a clip beside its frames, by hash. Everything is read once; captions are in memory,
  /// the rest is as much reading as it is long.
  /// - Throws: `Problem` when a column cannot be read.
  public func conditioning(_ clip: Int) throws -> ClipConditioning {
    if let known = knownConditioning.withLock({ $0[clip] }) { return known }
    let record = try self.record(clip)
    let found = ClipConditioning(
      caption: record.caption, rate: knownRate, embedding: try textEmbedding(clip),
      action: (actionColumns, try actions(clip)), state: (stateColumns, try state(clip)))
    knownConditioning.withLock { $0[clip] = found }
    return found
  }
}

extension ClipConditioning {
  /// A table of numbers: its columns' names, and a row a frame.
  package typealias Table = (columns: [String], rows: [[Float]])

  /// - A caption's hash is SHA-256 of `"orrery.caption/1\n" ‖ UTF-8`.
  /// - Those of embedding (tokens × width), action and state (frames × columns) are SHA-256 of
  ///   `"orrery.values/1\n" ‖ name ‖ 0 ‖ each column's name ‖ 0 ‖ 0 ‖ u32le sides ‖ f32le values`.
  package init(
    caption: String?, rate: FrameRate?, embedding: (tokens: Int, width: Int, values: [Float])? = nil,
    action: Table = ([], []), state: Table = ([], [])
  ) {
    var values: [Part: String] = [:]
    values[.rate] = rate?.description
    // A dataset keeps no caption as an empty one.
    if let caption, !caption.isEmpty { values[.caption] = Hashing.sha256("orrery.caption/1\n" + caption) }
    values[.textEmbedding] = embedding.map { Self.hash(of: $0) }
    for (part, table) in [(Part.action, action), (.state, state)] where !table.columns.isEmpty {
      values[part] = Self.hash(
        part, table.columns, shape: [table.rows.count, table.columns.count], table.rows.flatMap { $0 })
    }
    self.init(values)
  }

  package static func hash(of embedding: (tokens: Int, width: Int, values: [Float])) -> String {
    hash(.textEmbedding, [], shape: [embedding.tokens, embedding.width], embedding.values)
  }

  private static func hash(_ part: Part, _ columns: [String], shape: [Int], _ values: [Float]) -> String {
    var hasher = SHA256Hasher()
    hasher.update("orrery.values/1\n")
    for text in [part.rawValue] + columns {
      hasher.update(text)
      hasher.update([0])
    }
    hasher.update([0])
    for side in shape {
      hasher.update(withUnsafeBytes(of: UInt32(truncatingIfNeeded: side).littleEndian) { Array($0) })
    }
    // Every machine this runs on keeps numbers little-endian.
    values.withUnsafeBytes { hasher.update($0) }
    return hasher.finish()
  }
}
