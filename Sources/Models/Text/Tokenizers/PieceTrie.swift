/// A trie over the bytes of a vocabulary's pieces, in one open-addressed table: (node, byte) → node.
struct PieceTrie: Sendable {
  private struct Edge {
    /// (node + 1) << 8 | byte; 0 where nothing stands.
    var key: UInt64 = 0
    var node: UInt32 = 0
  }

  private var edges = [Edge](repeating: Edge(), count: 1 << 10)
  /// The piece that ends at a node; −1 for none. The root is 0.
  private var piece: [Int32] = [-1]

  /// - Parameter pieces: of equal ones the first counts, one of no bytes not at all.
  init(_ pieces: some Sequence<(bytes: ArraySlice<UInt8>, id: Int)>) {
    for (bytes, id) in pieces {
      var node = 0
      for byte in bytes {
        let key = Self.key(node, byte)
        var at = slot(key)
        if edges[at].key == 0 {
          if 2 * piece.count >= edges.count {
            grow()
            at = slot(key)
          }
          edges[at] = Edge(key: key, node: UInt32(piece.count))
          piece.append(-1)
        }
        node = Int(edges[at].node)
      }
      if node > 0, piece[node] < 0 { piece[node] = Int32(id) }
    }
  }

  private mutating func grow() {
    let old = edges
    edges = [Edge](repeating: Edge(), count: 4 * old.count)
    for edge in old where edge.key != 0 { edges[slot(edge.key)] = edge }
  }

  private static func key(_ node: Int, _ byte: UInt8) -> UInt64 { UInt64(node + 1) << 8 | UInt64(byte) }

  private func slot(_ key: UInt64) -> Int {
    let mask = edges.count - 1
    var at = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    while edges[at].key != 0, edges[at].key != key { at = (at + 1) & mask }
    return at
  }

  /// The node a byte leads to; nil when there is none.
  func step(_ node: Int, _ byte: UInt8) -> Int? {
    let edge = edges[slot(Self.key(node, byte))]
    return edge.key == 0 ? nil : Int(edge.node)
  }

  /// The piece that ends at a node.
  func piece(at node: Int) -> Int? { piece[node] < 0 ? nil : Int(piece[node]) }

  /// The piece that is exactly these bytes.
  func piece(_ bytes: some Sequence<UInt8>) -> Int? {
    var node = 0
    for byte in bytes {
      guard let next = step(node, byte) else { return nil }
      node = next
    }
    return piece(at: node)
  }

  /// The longest piece that `text` begins with from `at` on, and where it ends.
  func longest(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (id: Int, end: Int)? {
    var node = 0, i = at, found: (Int, Int)?
    while i < text.count, let next = step(node, text[i]) {
      (node, i) = (next, i + 1)
      if let id = piece(at: node) { found = (id, i) }
    }
    return found
  }
}
