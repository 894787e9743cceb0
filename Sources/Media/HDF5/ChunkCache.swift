import Foundation

/// Decoded chunks of one dataset, at most `budget` bytes of them. All have one size, so a chunk that leaves makes room
/// for the next without a call to the system. Which one leaves is decided by a clock's hand (Corbató 1969): the first
/// not used since it last passed.
///
/// A chunk may be there in part: its first rows only.
package final class ChunkCache: @unchecked Sendable {  // `slots`, `places` and `hand` are touched under `turn` only; bytes only while filling or pinned
  private struct Slot {
    let bytes: UnsafeMutableRawBufferPointer
    var chunk = -1, rows = 0, readers = 0
    var isFilling = false, isRecent = false
  }

  private let turn = NSCondition()
  private let chunkBytes: Int, limit: Int
  private var slots: [Slot] = []
  private var places: [Int: Int] = [:]
  private var hand = 0

  package init(chunkBytes: Int, budget: Int) {
    self.chunkBytes = chunkBytes
    limit = chunkBytes > 0 ? max(0, budget) / chunkBytes : 0
  }

  deinit { for slot in slots { slot.bytes.deallocate() } }

  /// Bytes held now.
  var bytesHeld: Int { turn.withLock { slots.count * chunkBytes } }

  /// Gives `use` a chunk of which at least the first `rows` rows are there, decoding it with `fill` when needed.
  /// - Parameter fill: writes the rows and says how many it wrote.
  /// - Returns: whether the chunk was there already.
  package func read(
    _ chunk: Int, rows: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Int,
    use: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    turn.lock()
    while let at = places[chunk], slots[at].isFilling { turn.wait() }
    let kept = places[chunk]
    if let at = kept, slots[at].rows >= rows {
      try serve(at, use)
      return true
    }
    // Rows are missing: fill the chunk's own slot if nobody reads it, else a free one, else memory of the moment.
    guard let at = kept.map({ slots[$0].readers == 0 ? $0 : nil }) ?? vacate() else {
      turn.unlock()
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 64)
      defer { bytes.deallocate() }
      _ = try fill(bytes)
      try use(UnsafeRawBufferPointer(bytes))
      return false
    }
    (slots[at].chunk, slots[at].isFilling, places[chunk]) = (chunk, true, at)
    let bytes = slots[at].bytes
    turn.unlock()
    let outcome = Result { try fill(bytes) }
    turn.lock()
    slots[at].isFilling = false
    turn.broadcast()
    switch outcome {
    case .success(let rows): slots[at].rows = rows
    case .failure(let error):
      (slots[at].chunk, slots[at].rows, places[chunk]) = (-1, 0, nil)
      turn.unlock()
      throw error
    }
    try serve(at, use)
    return false
  }

  /// Called with the lock held; gives it up.
  private func serve(_ at: Int, _ use: (UnsafeRawBufferPointer) throws -> Void) throws {
    slots[at].readers += 1
    slots[at].isRecent = true
    let bytes = UnsafeRawBufferPointer(slots[at].bytes)
    turn.unlock()
    defer { turn.withLock { slots[at].readers -= 1 } }
    try use(bytes)
  }

  /// A slot nobody uses, its chunk forgotten; nil when there is none.
  private func vacate() -> Int? {
    if slots.count < limit {
      slots.append(Slot(bytes: .allocate(byteCount: chunkBytes, alignment: 64)))
      return slots.count - 1
    }
    for _ in 0..<2 * slots.count {
      let at = hand
      hand = (hand + 1) % slots.count
      if slots[at].readers > 0 || slots[at].isFilling { continue }
      if slots[at].isRecent { slots[at].isRecent = false; continue }
      places[slots[at].chunk] = nil
      (slots[at].chunk, slots[at].rows) = (-1, 0)
      return at
    }
    return nil
  }
}
