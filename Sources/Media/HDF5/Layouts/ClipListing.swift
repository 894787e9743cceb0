import Files
import Frames

extension ClipTable {
  /// What `dataset inspect --json` prints of a dataset.
  /// - Parameters:
  ///   - hash: also the SHA-256 of each clip's upright RGB bytes. - actions: also the actions' values.
  package func value(hash: Bool, actions: Bool, threads: Int) throws -> Value {
    let listed = try concurrently(clips.count, threads: threads) { try clips[$0].value(hash: hash, actions: actions) }
    return ["layout": .string(layout), "notes": .array(notes.map { .string($0) }), "clips": .array(listed)]
  }
}

extension FoundClip {
  func value(hash: Bool, actions wanted: Bool) throws -> Value {
    var out: Value = [
      "id": .string(id), "camera": Value(camera), "fps": Value(fps?.description), "split": Value(split?.rawValue),
      "caption": Value(caption),
      "shape": .array([pictures.frames, pictures.height, pictures.width, 3].map { Value($0) }),
    ]
    if hash { out.set("frames_sha256", .string(try pictures.sha256())) }
    if let actions {
      var found: Value = [
        "shape": .array(actions.shape.map { Value($0) }), "alignment": .string(actions.alignment.rawValue),
      ]
      if let names = actions.names { found.set("names", .array(names.map { .string($0) })) }
      if wanted {
        let all = try actions.values(), width = actions.width
        found.set(
          "values",
          .array(
            (0..<actions.shape[0]).map { row in
              .array(all[row * width..<(row + 1) * width].map { $0.isFinite ? .number($0) : .null })
            }))
      }
      out.set("actions", found)
    }
    for (key, fact) in facts.sorted(by: { $0.key < $1.key }) { out.set(key, fact) }
    return out
  }
}

extension ClipPictures {
  /// SHA-256 of all frames' bytes, without a header.
  package func sha256() throws -> String {
    var hasher = SHA256Hasher()
    try visit(0..<frames) { hasher.update($0) }
    return hasher.finish()
  }

  /// Gives `body` the frames in pieces.
  func visit(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let row = height * width * 3, step = max(1, (16 << 20) / row)
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: min(step, max(1, range.count)) * row, alignment: 64)
    defer { room.deallocate() }
    for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
      let end = min(first + step, range.upperBound)
      let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<((end - first) * row)])
      try read(first..<end, into: piece)
      try body(UnsafeRawBufferPointer(piece))
    }
  }
}

extension ClipTable {
  /// An HDF5 file of whatever layout, looked through.
  package static func read(_ path: String, _ answers: Reading, cacheBytes: Int) throws -> ClipTable {
    try HDF5Layouts.read(LayoutFile(HDF5File(path), answers, cacheBytes: cacheBytes))
  }
}
