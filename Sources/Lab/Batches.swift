import Consent
import Dispatch
import Files
import Foundation
import Media

/// Training batches, read one step ahead on other threads. The batch of a step depends on seed and step alone, so a resumed
/// run reads what an uninterrupted one would have read.
public final class Batches {
  /// One micro-batch of admitted clips.
  public struct Batch: Sendable {
    public let clips: [TrainingClip]
    /// [L·E] each, when the dataset has its own text embeddings.
    public let embeddings: [[Float]]?
    let items: [Int]
  }

  private let source: ClipSource
  private let seed: UInt64
  private let size: Int
  private let threads: Int
  private let queue = DispatchQueue(label: "orrery.batches")
  private var ahead: (index: Int, slot: Slot)?
  /// Frames each clip may still be seen under its grant's cap; absent without a cap.
  private var remaining: [String: Int]
  /// Clips that left because their cap was reached, in order.
  public private(set) var exhausted: [String] = []
  /// Seconds the caller has waited for data so far.
  public private(set) var waited = 0.0
  /// Places skipped because of caps: the walk continues behind them.
  private var skipped = 0

  /// - Parameter threads: most that read and decode at once.
  public init(_ source: ClipSource, seed: Int, size: Int, threads: Int) {
    (self.source, self.seed, self.size, self.threads) = (source, UInt64(seed), size, threads)
    remaining = Dictionary(source.items.compactMap { item in item.admission.remainingExposures.map { (item.admission.clip, $0) } }, uniquingKeysWith: { a, _ in a })
  }

  /// Replays the walk up to micro-batch `index` without reading, so that caps stand as they did.
  func skip(to index: Int) throws { if !remaining.isEmpty { for i in 0..<index { _ = try items(i) } } }

  /// Micro-batch `index` (step × accumulate + part). Call in order.
  public func batch(_ index: Int) throws -> Batch {
    let slot = try ahead.flatMap { $0.index == index ? $0.slot : nil } ?? start(index)
    let clock = ContinuousClock.now
    let batch = try slot.wait()
    waited += Progress.seconds(ContinuousClock.now - clock)
    ahead = (index + 1, try start(index + 1, ifAny: true))
    return batch
  }

  private func start(_ index: Int, ifAny: Bool = false) throws -> Slot {
    let slot = Slot(), source = source, threads = threads
    do {
      let items = try items(index)
      queue.async {
        slot.finish(Result {
          Batch(clips: try concurrently(items.count, threads: threads) { try source.training(items[$0]) },
                embeddings: source.embedding == nil ? nil : try items.map { try source.textEmbedding($0) ?? [] }, items: items)
        })
      }
    } catch {
      // Reading ahead past the last admissible clip is no failure until somebody asks for it.
      guard ifAny else { throw error }
      slot.finish(.failure(error))
    }
    return slot
  }

  /// The items of a micro-batch, leaving out clips whose cap is used up.
  private func items(_ index: Int) throws -> [Int] {
    var chosen: [Int] = []
    var place = index * size + skipped
    var refused = 0
    while chosen.count < size {
      let item = source.item(place, seed: seed), clip = source.items[item].admission.clip
      place += 1
      if let left = remaining[clip] {
        guard left >= source.window else {
          if !exhausted.contains(clip) { exhausted.append(clip) }
          skipped += 1
          refused += 1
          // A clip may come first in one epoch and last in the next.
          guard refused <= 2 * source.items.count else {
            throw Problem("every clip has reached the exposure cap of its grant", at: source.datasets[0].path, fix: "train for fewer steps, or ask for a higher max_exposures")
          }
          continue
        }
        remaining[clip] = left - source.window
      }
      chosen.append(item)
      refused = 0
    }
    return chosen
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
