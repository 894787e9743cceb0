import Dispatch
import Files
import Foundation
import Frames

/// Training batches, read one step ahead on other threads. The batch of a step depends on the walk alone, so a resumed
/// run reads what an uninterrupted one would have read.
public final class Batches {
  /// One micro-batch of admitted clips.
  public struct Batch: Sendable {
    public let clips: [TrainingClip]
    /// [L·E] each, when the dataset has its own text embeddings.
    public let embeddings: [[Float]]?
    /// Clips that were passed over for the first time because their cap is reached.
    public let spent: [String]
  }

  private let source: ClipSource
  private let threads: Int
  private let queue = DispatchQueue(label: "orrery.batches")
  /// Behind the last micro-batch that was handed out.
  private var walk: ClipWalk
  private var ahead: (index: Int, slot: Slot, walk: ClipWalk)?

  /// Seconds the caller has waited for data so far.
  public private(set) var waited = 0.0

  /// - Parameter threads: most that read and decode at once.
  package init(_ source: ClipSource, _ walk: ClipWalk, threads: Int) {
    (self.source, self.walk, self.threads) = (source, walk, threads)
  }

  /// From the walk's beginning, under the source's own admissions.
  public convenience init(_ source: ClipSource, seed: Int, size: Int, threads: Int) {
    self.init(source, .fresh(source, seed: seed, size: size), threads: threads)
  }

  /// Where the walk stands, to come back to with `rewind`.
  package var mark: ClipWalk { walk }

  /// Goes back: the micro-batches since are drawn again.
  package func rewind(to mark: ClipWalk) { (walk, ahead) = (mark, nil) }

  /// Micro-batch `index` (step × accumulate + part). Call in order.
  /// - Throws: `Problem`; `GrantEnded` when a grant ran out before the read; `NoClipLeft`.
  public func batch(_ index: Int) throws -> Batch {
    let (slot, after) = try ahead.flatMap { $0.index == index ? ($0.slot, $0.walk) : nil } ?? start(index, from: walk)
    let clock = ContinuousClock.now
    let batch = try slot.wait()
    waited += ProgressLine.seconds(ContinuousClock.now - clock)
    walk = after
    // Reading ahead past the last admissible clip is no failure until somebody asks for it.
    ahead = (try? start(index + 1, from: walk)).map { (index + 1, $0.slot, $0.walk) }
    return batch
  }

  private func start(_ index: Int, from walk: ClipWalk) throws -> (slot: Slot, walk: ClipWalk) {
    var walk = walk
    let draw = try walk.next(index), slot = Slot(), source = source, threads = threads
    queue.async {
      slot.finish(
        Result {
          Batch(
            clips: try concurrently(draw.items.count, threads: threads) { try source.training(draw.items[$0]) },
            embeddings: source.embedding == nil ? nil : try draw.items.map { try source.textEmbedding($0) ?? [] },
            spent: draw.spent)
        })
    }
    return (slot, walk)
  }

  /// A value another thread will deliver once.
  private final class Slot: @unchecked Sendable {  // `result` is written before `signal` and read after `wait`
    private let ready = DispatchSemaphore(value: 0)
    private var result: Result<Batch, any Error>?
    func finish(_ result: Result<Batch, any Error>) { self.result = result; ready.signal() }
    func wait() throws -> Batch {
      ready.wait()
      guard let result else { preconditionFailure("signalled without a result") }
      return try result.get()
    }
  }
}
