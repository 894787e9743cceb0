import Synchronization

/// Bytes that stay as long as somebody holds them.
final class Block: @unchecked Sendable {  // written before it is handed out, read only afterwards
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) { bytes = .allocate(byteCount: max(1, count), alignment: 64) }

  deinit { bytes.deallocate() }
}

/// Decoded pieces of many datasets, at most `budget` bytes of them; the one used longest ago leaves first.
final class BlockCache: Sendable {
  struct Key: Hashable { let owner: Int, piece: Int }

  private struct Kept { let block: Block, bytes: Int, used: Int }
  private struct State {
    var kept: [Key: Kept] = [:]
    var bytes = 0, clock = 0, owners = 0
  }

  private let budget: Int
  private let state = Mutex(State())

  init(budget: Int) { self.budget = budget }

  /// A number for somebody whose pieces are kept.
  func owner() -> Int {
    state.withLock {
      $0.owners += 1; return $0.owners
    }
  }

  var bytesHeld: Int { state.withLock { $0.bytes } }

  /// The piece, made by `make` where it is not there. Two threads that miss it both make it.
  func piece(_ key: Key, _ bytes: Int, _ make: () throws -> Block) rethrows -> Block {
    let found = state.withLock { state -> Block? in
      guard let kept = state.kept[key] else { return nil }
      state.clock += 1
      state.kept[key] = Kept(block: kept.block, bytes: kept.bytes, used: state.clock)
      return kept.block
    }
    if let found { return found }
    let block = try make()
    guard bytes <= budget else { return block }
    state.withLock { state in
      guard state.kept[key] == nil else { return }
      if state.bytes + bytes > budget {
        // Many leave at once, so that the search for the oldest is rare.
        for (old, kept) in state.kept.sorted(by: { $0.value.used < $1.value.used }) {
          guard state.bytes + bytes > budget - budget / 8 else { break }
          state.kept[old] = nil
          state.bytes -= kept.bytes
        }
      }
      guard state.bytes + bytes <= budget else { return }
      state.clock += 1
      state.kept[key] = Kept(block: block, bytes: bytes, used: state.clock)
      state.bytes += bytes
    }
    return block
  }
}
