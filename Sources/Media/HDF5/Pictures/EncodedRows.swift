import Files

/// What bytes are, by how they begin.
enum EncodedKind: Sendable {
  case jpeg, png, film

  init?(_ bytes: [UInt8]) {
    if JPEGHeader.begins(bytes) { self = .jpeg; return }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { self = .png; return }
    guard bytes.count > 12, Array(bytes[4..<8]) == Array("ftyp".utf8) else { return nil }
    self = .film
  }
}

/// Rows of bytes that stand for a picture or film each: lists of varying length, texts of one length, rows of an array,
/// or one text alone.
struct EncodedRows: Sendable {
  let count: Int
  let node: StoredNode
  private let array: StoredArray?

  init(_ file: LayoutFile, _ node: StoredNode) throws {
    let column = try file.column(node)
    self.node = node
    if column.kind == .lists {
      count = column.shape.first ?? 1
      array = nil
      guard count <= HDF5File.mostRows else { throw node.file.tooLarge(node.path, "\(count) rows") }
    } else {
      let array = try file.array(node)
      self.array = array
      count = array.shape[0]
    }
  }

  /// Rows in order; what they were padded with is left out.
  func bytes(_ range: Range<Int>) throws -> [[UInt8]] {
    guard let array else {
      var out: [[UInt8]] = []
      while out.count < range.count {
        out += try node.file.lists(node.path, range.lowerBound + out.count, range.count - out.count)
      }
      return out
    }
    var box = Box(start: array.shape.map { _ in 0 }, size: array.shape)
    (box.start[0], box.size[0]) = (range.lowerBound, range.count)
    let all = try array.read(box), row = all.count / max(1, range.count)
    return (0..<range.count).map { i in
      let bytes = all[i * row..<(i + 1) * row]
      // Films keep their zeros; a picture ends before those it was padded with.
      guard array.shape != [1] || array.column.kind != .text else { return Array(bytes) }
      let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
      return Array(bytes[bytes.startIndex..<end])
    }
  }
}
