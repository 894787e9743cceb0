import Dispatch
import Synchronization

/// `body(0)`, `body(1)`, … on at most `threads` threads, the caller's among them; the results in that order.
/// - Throws: the error of the lowest index that failed. After a failure no new index is begun.
package func concurrently<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) throws -> T) throws -> [T] {
  guard count > 1, threads > 1 else { return try (0..<count).map(body) }
  let state = Mutex<(next: Int, results: [Result<T, any Error>?])>((0, Array(repeating: nil, count: count)))
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while let i = state.withLock({ s -> Int? in
      guard s.next < count else { return nil }
      defer { s.next += 1 }
      return s.next
    }) {
      let result = Result { try body(i) }
      state.withLock { s in
        s.results[i] = result
        if case .failure = result { s.next = count }
      }
    }
  }
  // Indices are begun in order, so whatever was not begun lies behind the failure.
  return try state.withLock { try $0.results.map { try $0!.get() } }
}
