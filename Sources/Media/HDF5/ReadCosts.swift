import Synchronization

/// What reading pixels has cost since a dataset was opened: seconds of all threads together, and counts.
public struct ReadCosts: Sendable, Equatable {
  /// Raw bytes out of the file; unpacking them; hashing them at the first read and holding them against their tags at
  /// every later one; copying rows to where they were asked for.
  public var read = 0.0, inflate = 0.0, verify = 0.0, copy = 0.0
  /// Chunks decoded, chunks found in the cache, and bytes read from the file.
  public var decoded = 0, cached = 0, bytesRead = 0

  public static func - (a: ReadCosts, b: ReadCosts) -> ReadCosts {
    ReadCosts(
      read: a.read - b.read, inflate: a.inflate - b.inflate, verify: a.verify - b.verify, copy: a.copy - b.copy,
      decoded: a.decoded - b.decoded,
      cached: a.cached - b.cached, bytesRead: a.bytesRead - b.bytesRead)
  }
}

/// Adds up `ReadCosts` from many threads.
package final class ReadMeter: Sendable {
  private let sum = Mutex(ReadCosts())

  package var costs: ReadCosts { sum.withLock { $0 } }

  package func count(_ path: WritableKeyPath<ReadCosts, Int> & Sendable, _ n: Int) {
    sum.withLock { $0[keyPath: path] += n }
  }

  /// Runs `body` and adds its seconds.
  package func time<T>(_ path: WritableKeyPath<ReadCosts, Double> & Sendable, _ body: () throws -> T) rethrows -> T {
    let start = ContinuousClock.now
    defer {
      let spent = (ContinuousClock.now - start).components
      let seconds = Double(spent.seconds) + Double(spent.attoseconds) * 1e-18
      sum.withLock { $0[keyPath: path] += seconds }
    }
    return try body()
  }
}
